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
/// Hours and minutes of an offset, which may be cut: "1" is 10:00, "013" is 01:30.
struct offset {
    int hours, minutes;
};
std::optional<offset> offset_of(std::string_view s) {
    if (s.empty() || s.size() > 4 || !digits(s)) return std::nullopt;
    char whole[]{'0', '0', '0', '0'};
    std::copy(s.begin(), s.end(), whole);
    return offset{number({whole, 2}), number({whole + 2, 2})};
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
        auto zone = offset_of(s.substr(sign + 1));
        if (!zone || sign < 8 || zone->minutes > 59) return false;
        if (zone->hours * 60 + zone->minutes > 14 * 60) return false;
        s = s.substr(0, sign);
    }
    auto dot = s.find('.');
    auto fraction = std::string_view("0");
    if (dot != std::string_view::npos) {
        fraction = s.substr(dot + 1);
        if (dot != 14 || !digits(fraction)) return false;
        s = s.substr(0, dot);
    }
    if (s.size() < 4 || s.size() > 14 || s.size() % 2 != 0 || !digits(s)) return false;
    if (number(s.substr(0, 4)) == 0) return false;
    if (s.size() >= 6 && (number(s.substr(4, 2)) < 1 || number(s.substr(4, 2)) > 12)) return false;
    if (s.size() >= 8 && !calendar_date(s)) return false;
    // Midnight may be the 24th hour of the day that ends.
    if (s.size() >= 10 && s.substr(8, 2) == "24")
        return number(s.substr(10)) == 0 && fraction.find_first_not_of('0') == fraction.npos;
    if (s.size() >= 10 && number(s.substr(8, 2)) > 23) return false;
    if (s.size() >= 12 && number(s.substr(10, 2)) > 59) return false;
    return s.size() < 14 || number(s.substr(12, 2)) <= 59;
}

bool bound(std::string_view s) {
    auto sign = s.find_first_of("+-");
    return timestamp(s) && (sign == s.npos || s.size() - sign == 5);
}

std::optional<std::int64_t> seconds(std::string_view s) {
    if (!timestamp(s)) return std::nullopt;
    std::int64_t shift = 0;
    if (auto sign = s.find_first_of("+-"); sign != std::string_view::npos) {
        auto zone = offset_of(s.substr(sign + 1));
        shift = zone->hours * 3600 + zone->minutes * 60;
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

bool hl7_integer(std::string_view s) {
    bool below = s.starts_with('-');
    if (below) s.remove_prefix(1);
    return digits(s) && !(below && s[0] == '0');
}

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
    if (form.starts_with('*')) {
        for (; !s.empty(); s.remove_prefix(1))
            if (has_form(s, form.substr(1))) return true;
        return false;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == '*') return true;
        if (i >= s.size()) return false;
        bool upper = s[i] >= 'A' && s[i] <= 'Z', lower = s[i] >= 'a' && s[i] <= 'z';
        bool fits = form[i] == 'A'   ? upper
                    : form[i] == 'a' ? lower
                    : form[i] == '9' ? digit(s[i])
                    : form[i] == 'X' ? upper || digit(s[i])
                                     : s[i] == form[i];
        if (!fits) return false;
    }
    return s.size() == form.size();
}

bool has_word(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        auto end = std::min(list.find_first_of(" \t\r\n"), list.size());
        if (list.substr(0, end) == word) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool language(std::string_view s) {
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (s.size() >= 2 && letter(s[0]) && letter(s[1])) return true;
    // Or registered (i-…) or private (x-…), read from the end.
    for (auto dash = s.rfind('-'); dash != s.npos; dash = s.rfind('-')) {
        auto part = s.substr(dash + 1);
        bool fits =
            part.size() >= 2 && part.size() <= 8 &&
            std::all_of(part.begin(), part.end(), [&](char c) { return letter(c) || digit(c); });
        if (!fits) return false;
        s = s.substr(0, dash);
        if (!s.empty() && std::string_view("ixIX").find(s.back()) != s.npos) return true;
    }
    return false;
}

bool ascii_uri(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) {
        return c > ' ' && c < 0x7F &&
               std::string_view("<>\"{}|\\^`").find(c) == std::string_view::npos;
    });
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
