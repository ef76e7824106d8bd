#include "cda/lexical.hpp"

#include <algorithm>

#include "cda/xml_name.hpp"

namespace cda::lexical {
namespace {
bool digit(char c) { return c >= '0' && c <= '9'; }
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
int number(std::string_view s) {
    int n = 0;
    for (char c : s) n = n * 10 + (c - '0');
    return n;
}
int days_in(int year, int month) {
    static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}
std::string_view without_sign(std::string_view s) {
    return !s.empty() && (s[0] == '+' || s[0] == '-') ? s.substr(1) : s;
}
}  // namespace

std::string_view trimmed(std::string_view s) {
    while (!s.empty() && space(s.front())) s.remove_prefix(1);
    while (!s.empty() && space(s.back())) s.remove_suffix(1);
    return s;
}

bool digits(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), digit); }

bool calendar_date(std::string_view s) {
    if (s.size() < 8 || !digits(s.substr(0, 8))) return false;
    auto year = number(s.substr(0, 4)), month = number(s.substr(4, 2)),
         day = number(s.substr(6, 2));
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

bool timestamp(std::string_view s) {
    auto sign = s.find_first_of("+-");
    if (sign != std::string_view::npos) {
        auto offset = s.substr(sign + 1);
        if (offset.size() > 4 || !digits(offset) || sign < 8) return false;
        if (offset.size() >= 2 && number(offset.substr(0, 2)) > 14) return false;
        if (offset.size() == 4 && number(offset.substr(2)) > 59) return false;
        s = s.substr(0, sign);
    }
    auto dot = s.find('.');
    if (dot != std::string_view::npos) {
        if (dot != 14 || !digits(s.substr(dot + 1))) return false;
        s = s.substr(0, dot);
    }
    if (s.size() < 4 || s.size() > 14 || s.size() % 2 != 0 || !digits(s)) return false;
    if (s.size() >= 6 && (number(s.substr(4, 2)) < 1 || number(s.substr(4, 2)) > 12)) return false;
    if (s.size() >= 8 && !calendar_date(s)) return false;
    if (s.size() >= 10 && number(s.substr(8, 2)) > 23) return false;
    if (s.size() >= 12 && number(s.substr(10, 2)) > 59) return false;
    return s.size() < 14 || number(s.substr(12, 2)) <= 59;
}

std::optional<std::int64_t> seconds(std::string_view s) {
    if (!timestamp(s)) return std::nullopt;
    std::int64_t shift = 0;
    if (auto sign = s.find_first_of("+-"); sign != std::string_view::npos) {
        auto offset = s.substr(sign + 1);
        auto hours = offset.substr(0, 2);
        shift = number(hours) * (hours.size() == 1 ? 36000 : 3600);
        if (offset.size() > 2) shift += number(offset.substr(2)) * 60;
        if (s[sign] == '-') shift = -shift;
        s = s.substr(0, sign);
    }
    auto part = [&](std::size_t at, std::size_t n, int otherwise) {
        return s.size() >= at + n ? number(s.substr(at, n)) : otherwise;
    };
    std::int64_t y = part(0, 4, 0), m = part(4, 2, 1), d = part(6, 2, 1);
    // Days from civil: years begin in March, so that the leap day is the last.
    auto year = m <= 2 ? y - 1 : y;
    auto day = 365 * year + year / 4 - year / 100 + year / 400 +
               (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d;
    return ((day * 24 + part(8, 2, 0)) * 60 + part(10, 2, 0)) * 60 + part(12, 2, 0) - shift;
}

bool schema_timestamp(std::string_view s) {
    auto sign = s.find_first_of("+-");
    bool zone = sign != std::string_view::npos;
    if (zone) {
        auto offset = s.substr(sign + 1);
        if (offset.size() > 4 || !digits(offset)) return false;
        s = s.substr(0, sign);
    }
    auto dot = s.find('.');
    if (dot != std::string_view::npos)
        return dot == 14 && digits(s.substr(0, 14)) && digits(s.substr(15));
    return digits(s) && s.size() <= 14 && (!zone || s.size() >= 9);
}

bool uuid(std::string_view s) {
    if (s.size() != 36) return false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = digit(s[i]) || (s[i] >= 'a' && s[i] <= 'f') || (s[i] >= 'A' && s[i] <= 'F');
        if (dash ? s[i] != '-' : !hex) return false;
    }
    return true;
}

bool oid(std::string_view s) {
    if (s.empty() || s[0] < '0' || s[0] > '2' || (s.size() > 1 && s[1] != '.')) return false;
    for (std::size_t from = 0; from <= s.size();) {
        auto end = std::min(s.find('.', from), s.size());
        auto arc = s.substr(from, end - from);
        if (!digits(arc) || (arc.size() > 1 && arc[0] == '0')) return false;
        from = end + 1;
    }
    return true;
}

bool integer(std::string_view s) { return digits(without_sign(s)); }

bool decimal(std::string_view s) {
    s = without_sign(s);
    auto dot = s.find('.');
    if (dot == std::string_view::npos) return digits(s);
    auto whole = s.substr(0, dot), rest = s.substr(dot + 1);
    return (digits(whole) || digits(rest)) && (whole.empty() || digits(whole)) &&
           (rest.empty() || digits(rest));
}

bool real(std::string_view s) {
    if (s == "INF" || s == "-INF" || s == "NaN") return true;
    auto e = s.find_first_of("eE");
    if (e == std::string_view::npos) return decimal(s);
    return decimal(s.substr(0, e)) && integer(s.substr(e + 1));
}

bool nc_name(std::string_view s) {
    return !s.empty() && name_length(s) == s.size() && s.find(':') == std::string_view::npos;
}

bool has_form(std::string_view s, std::string_view form) {
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '*') return true;
        if (i >= s.size()) return false;
        bool upper = s[i] >= 'A' && s[i] <= 'Z';
        bool fits = form[i] == 'A'   ? upper
                    : form[i] == '9' ? digit(s[i])
                    : form[i] == 'X' ? upper || digit(s[i])
                                     : s[i] == form[i];
        if (!fits) return false;
    }
    return s.size() == form.size();
}

bool uri(std::string_view s) {
    for (std::size_t i = 0; i < s.size(); ++i) {
        auto c = static_cast<unsigned char>(s[i]);
        if (c <= 0x20 || c == 0x7F ||
            std::string_view("<>\"{}|\\^`").find(s[i]) != std::string_view::npos)
            return false;
        if (s[i] != '%') continue;
        auto hex = [&](std::size_t k) {
            return k < s.size() &&
                   (digit(s[k]) || (s[k] >= 'a' && s[k] <= 'f') || (s[k] >= 'A' && s[k] <= 'F'));
        };
        if (!hex(i + 1) || !hex(i + 2)) return false;
    }
    return true;
}
}  // namespace cda::lexical
