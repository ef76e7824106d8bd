#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
bool digits(std::string_view s) {
    for (char c : s)
        if (c < '0' || c > '9') return false;
    return true;
}
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
}  // namespace

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
        if (offset.empty() || offset.size() > 4 || !digits(offset) || sign < 9) return false;
        s = s.substr(0, sign);
    }
    auto dot = s.find('.');
    if (dot != std::string_view::npos) {
        if (dot != 14 || dot + 1 == s.size() || !digits(s.substr(dot + 1))) return false;
        s = s.substr(0, dot);
    }
    if (s.size() < 4 || s.size() > 14 || s.size() % 2 != 0 || !digits(s)) return false;
    if (s.size() >= 6 && (number(s.substr(4, 2)) < 1 || number(s.substr(4, 2)) > 12)) return false;
    if (s.size() >= 8 && !calendar_date(s)) return false;
    if (s.size() >= 10 && number(s.substr(8, 2)) > 23) return false;
    if (s.size() >= 12 && number(s.substr(10, 2)) > 59) return false;
    return s.size() < 14 || number(s.substr(12, 2)) <= 59;
}
}  // namespace cda::rules
