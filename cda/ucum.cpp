#include "cda/ucum.hpp"

#include <string>
#include <unordered_set>

#include "schemas/shipped.hpp"

namespace cda::ucum {
namespace {
struct tables {
    std::unordered_set<std::string_view> prefixes, metric, plain;
    tables() {
        std::string_view text = schemas::ucum;
        while (!text.empty()) {
            auto end = text.find('\n');
            auto line = text.substr(0, end);
            text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
            auto kind = line.substr(0, line.find(' '));
            auto into = kind == "prefix"   ? &prefixes
                        : kind == "metric" ? &metric
                        : kind == "plain"  ? &plain
                                           : nullptr;
            for (auto at = line.find(' '); into != nullptr && at != std::string_view::npos;) {
                auto next = line.find(' ', at + 1);
                into->insert(line.substr(at + 1, next - at - 1));
                at = next;
            }
        }
    }
};

class reader {
public:
    reader(std::string_view s, tables const& t) : s_(s), t_(t) {}
    bool whole() { return (s_.empty() || term()) && at_ == s_.size() && depth_ == 0; }

private:
    bool term() {
        if (at_ < s_.size() && s_[at_] == '/') ++at_;
        for (;;) {
            if (!component()) return false;
            if (at_ == s_.size() || (s_[at_] != '.' && s_[at_] != '/')) return true;
            ++at_;
        }
    }
    bool component() {
        if (at_ < s_.size() && s_[at_] == '(') {
            if (++depth_ > 16) return false;
            ++at_;
            if (!term() || at_ == s_.size() || s_[at_] != ')') return false;
            ++at_;
            --depth_;
            return true;
        }
        auto from = at_;
        if (at_ < s_.size() && s_[at_] != '{' && !simple()) return false;
        if (at_ < s_.size() && s_[at_] == '{') {
            auto end = s_.find('}', at_);
            if (end == std::string_view::npos) return false;
            at_ = end + 1;
        }
        return at_ > from;
    }
    static bool digit(char c) { return c >= '0' && c <= '9'; }

    /// An atom with its prefix and exponent, or a plain number. `10*` and `10^` are atoms.
    bool simple() {
        auto end = at_;
        for (int inside = 0; end < s_.size(); ++end) {
            char c = s_[end];
            if (c == '[') ++inside;
            if (c == ']') --inside;
            if (inside == 0 && (c == '.' || c == '/' || c == '(' || c == ')' || c == '{')) break;
        }
        auto whole = s_.substr(at_, end - at_);
        if (!fits(whole)) return false;
        at_ = end;
        return true;
    }
    bool fits(std::string_view u) const {
        std::size_t number = 0;
        while (number < u.size() && digit(u[number])) ++number;
        if (number == u.size()) return !u.empty();
        auto bare = u;
        while (!bare.empty() && digit(bare.back())) bare.remove_suffix(1);
        if (bare.size() < u.size() && !bare.empty() && (bare.back() == '-' || bare.back() == '+'))
            bare.remove_suffix(1);
        return atom(u) || atom(bare);
    }
    bool atom(std::string_view u) const {
        if (t_.plain.contains(u) || t_.metric.contains(u)) return true;
        for (std::size_t n = 1; n <= 2 && n < u.size(); ++n)
            if (t_.prefixes.contains(u.substr(0, n)) && t_.metric.contains(u.substr(n)))
                return true;
        return false;
    }

    std::string_view s_;
    tables const& t_;
    std::size_t at_{0};
    int depth_{0};
};
}  // namespace

bool unit(std::string_view s) {
    static tables const known;
    return reader(s, known).whole();
}
}  // namespace cda::ucum
