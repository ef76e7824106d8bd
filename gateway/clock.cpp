#include "gateway/clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "certs/digest.hpp"

namespace gateway {
namespace {
std::tm utc(instant at) {
    auto seconds = static_cast<std::time_t>(at / 1000);
    std::tm out{};
    gmtime_r(&seconds, &out);
    return out;
}
std::string format(char const* pattern, instant at) {
    auto t = utc(at);
    char text[64];
    auto n = std::strftime(text, sizeof text, pattern, &t);
    return {text, n};
}
}  // namespace

instant now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string iso8601(instant at) {
    char ms[8];
    std::snprintf(ms, sizeof ms, ".%03dZ", static_cast<int>(at % 1000));
    return format("%Y-%m-%dT%H:%M:%S", at) + ms;
}
std::string xds_time(instant at) { return format("%Y%m%d%H%M%S", at); }

std::string rfc5322_date(instant at) {
    static char const* const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static char const* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto t = utc(at);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[t.tm_wday],
                  t.tm_mday, months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
    return text;
}

std::optional<instant> parse_iso8601(std::string_view text) {
    std::tm t{};
    std::string copy(text);
    char const* rest = strptime(copy.c_str(), "%Y-%m-%d", &t);
    if (rest == nullptr) return std::nullopt;
    if (*rest == 'T') {
        rest = strptime(rest, "T%H:%M:%S", &t);
        if (rest == nullptr) return std::nullopt;
        if (*rest == '.') {
            ++rest;
            while (*rest >= '0' && *rest <= '9') ++rest;
        }
        if (*rest == 'Z') ++rest;
    }
    if (*rest != '\0') return std::nullopt;
    return static_cast<instant>(timegm(&t)) * 1000;
}

std::string fresh_oid() {
    __extension__ typedef unsigned __int128 wide;
    wide n = 0;
    auto bytes = certs::random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    for (char b : bytes) n = (n << 8) | static_cast<unsigned char>(b);
    std::string digits;
    do {
        digits.push_back(static_cast<char>('0' + static_cast<int>(n % 10)));
        n /= 10;
    } while (n != 0);
    std::reverse(digits.begin(), digits.end());
    return "2.25." + digits;
}
}  // namespace gateway
