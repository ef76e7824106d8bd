#include <algorithm>
#include <vector>

#include "cda/ascii.hpp"
#include "cda/lexical.hpp"
#include "cda/parse.hpp"

namespace cda {
namespace {
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
/// Walks the markup once. Well-formedness of names and nesting is checked here, because a lenient
/// reader behind a strict receiver would see another document than the receiver does.
class walker {
public:
    walker(std::string_view s, xml_limits const& l) : s_(s), limits_(l) {}

    std::optional<scan_fault> run() {
        if (s_.size() > limits_.bytes) return fault("XML-06");
        if (s_.starts_with("<?xml") && s_.size() > 5 && space(s_[5]) && !declaration())
            return fault("XML-01");
        while (at_ < s_.size()) {
            if (s_[at_] != '<') {
                if (auto bad = text()) return bad;
            } else if (auto bad = markup()) {
                return bad;
            }
        }
        if (!open_.empty()) return fault("XML-13", {std::string(open_.back())});
        if (!root_seen_) return fault("XML-01");
        return std::nullopt;
    }

private:
    std::optional<scan_fault> fault(char const* rule, std::vector<std::string> words = {}) const {
        auto end = s_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, s_.size()));
        return scan_fault{rule, 1 + static_cast<int>(std::count(s_.begin(), end, '\n')),
                          std::move(words)};
    }
    bool skip_past(std::string_view end) {
        auto found = s_.find(end, at_);
        if (found == std::string_view::npos) return false;
        at_ = found + end.size();
        return true;
    }
    bool count_node() { return ++nodes_ <= limits_.nodes; }

    /// version, then perhaps encoding, then perhaps standalone.
    bool declaration() {
        at_ = 5;
        bool version = false;
        for (std::string_view last;;) {
            bool gap = at_ < s_.size() && space(s_[at_]);
            blanks();
            if (s_.substr(at_).starts_with("?>")) break;
            auto what = name();
            blanks();
            if (!gap || !s_.substr(at_).starts_with('=')) return false;
            ++at_;
            blanks();
            auto quote = s_.substr(at_, 1);
            if (quote != "\"" && quote != "'") return false;
            auto end = s_.find(quote[0], at_ + 1);
            if (end == std::string_view::npos) return false;
            if (!declares(last, what, s_.substr(at_ + 1, end - at_ - 1))) return false;
            version = version || what == "version";
            last = what;
            at_ = end + 1;
        }
        at_ += 2;
        return version;
    }
    static bool declares(std::string_view last, std::string_view what, std::string_view value) {
        if (what == "version")
            return last.empty() && value.starts_with("1.") && lexical::digits(value.substr(2));
        if (what == "encoding")
            return last == "version" && name_length(value) == value.size() && !value.empty() &&
                   value[0] != '_' && value.find(':') == std::string_view::npos;
        return what == "standalone" && !last.empty() && last != what &&
               (value == "yes" || value == "no");
    }

    /// Character data up to the next '<': only blanks outside the root, only known references.
    std::optional<scan_fault> text() {
        auto end = std::min(s_.find('<', at_), s_.size());
        if (!count_node()) return fault("XML-07");
        if (open_.empty() && !std::all_of(s_.begin() + static_cast<std::ptrdiff_t>(at_),
                                          s_.begin() + static_cast<std::ptrdiff_t>(end), space))
            return fault(s_.substr(at_, end - at_).find("\xEF\xBB\xBF") != std::string_view::npos
                             ? "XML-09"
                             : "XML-01");
        if (auto close = s_.substr(0, end).find("]]>", at_); close != std::string_view::npos) {
            at_ = close;
            return fault("XML-01");
        }
        return references(end);
    }
    std::optional<scan_fault> references(std::size_t end) {
        // Never look beyond `end`: over a document without references that would be quadratic.
        auto here = s_.substr(0, end);
        for (;;) {
            auto amp = here.find('&', at_);
            if (amp == std::string_view::npos) break;
            at_ = amp;
            auto semicolon = here.find(';', amp);
            if (semicolon == std::string_view::npos) return fault("XML-14");
            if (!known(s_.substr(amp + 1, semicolon - amp - 1))) return fault("XML-04");
            at_ = semicolon + 1;
        }
        at_ = end;
        return std::nullopt;
    }
    static bool known(std::string_view name) {
        if (name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos")
            return true;
        if (!name.starts_with('#') || name.size() < 2 || name.size() > 9) return false;
        bool hex = name[1] == 'x';
        auto digits = name.substr(hex ? 2 : 1);
        if (digits.empty()) return false;
        unsigned long value = 0;
        for (char c : digits) {
            int d = c >= '0' && c <= '9'          ? c - '0'
                    : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                  : -1;
            if (d < 0) return false;
            value = value * (hex ? 16 : 10) + static_cast<unsigned long>(d);
        }
        return value == 9 || value == 10 || value == 13 || (value >= 0x20 && value < 0xD800) ||
               (value >= 0xE000 && value < 0xFFFE) || (value >= 0x10000 && value <= 0x10FFFF);
    }

    std::optional<scan_fault> markup() {
        if (!count_node()) return fault("XML-07");
        auto rest = s_.substr(at_);
        if (rest.starts_with("<!--")) {
            at_ += 4;
            auto dashes = s_.find("--", at_);
            if (dashes == std::string_view::npos || !s_.substr(dashes).starts_with("-->"))
                return fault("XML-01");
            at_ = dashes + 3;
            return std::nullopt;
        }
        if (rest.starts_with("<![CDATA[")) {
            if (open_.empty() || !skip_past("]]>")) return fault("XML-01");
            return std::nullopt;
        }
        if (rest.starts_with("<!DOCTYPE")) return fault("XML-03");
        if (rest.starts_with("<?")) {
            at_ += 2;
            auto target = name();
            bool ends = at_ < s_.size() && (space(s_[at_]) || s_.substr(at_).starts_with("?>"));
            if (target.empty() || !ends || ascii::equal(target, "xml") || !skip_past("?>"))
                return fault("XML-01");
            if (target.find(':') != std::string_view::npos) return fault("XML-15");
            return std::nullopt;
        }
        if (rest.starts_with("</")) return end_tag();
        return start_tag();
    }
    std::string_view name() {
        auto out = s_.substr(at_, name_length(s_.substr(at_)));
        at_ += out.size();
        return out;
    }
    void blanks() {
        while (at_ < s_.size() && space(s_[at_])) ++at_;
    }
    std::optional<scan_fault> end_tag() {
        at_ += 2;
        auto n = name();
        if (n.size() > limits_.name) return fault("XML-05");
        blanks();
        if (!n.empty() && !open_.empty() && open_.back() != n)
            return fault("XML-11", {std::string(n), std::string(open_.back())});
        if (n.empty() || open_.empty() || at_ >= s_.size() || s_[at_] != '>')
            return fault("XML-01");
        open_.pop_back();
        ++at_;
        return std::nullopt;
    }
    std::optional<scan_fault> start_tag() {
        ++at_;
        auto n = name();
        if (n.size() > limits_.name) return fault("XML-05");
        if (n.empty() || (open_.empty() && root_seen_)) return fault("XML-01");
        root_seen_ = true;
        tag_ = n;
        names_.clear();
        for (;;) {
            bool gap = at_ < s_.size() && space(s_[at_]);
            blanks();
            if (at_ >= s_.size()) return fault("XML-01");
            if (s_[at_] == '>') {
                ++at_;
                open_.push_back(n);
                if (open_.size() > limits_.depth) return fault("XML-05");
                return std::nullopt;
            }
            if (s_.substr(at_).starts_with("/>")) {
                at_ += 2;
                return std::nullopt;
            }
            if (!gap) return fault("XML-12", {std::string(n)});
            if (auto bad = attribute()) return bad;
        }
    }
    std::optional<scan_fault> attribute() {
        auto n = name();
        if (n.size() > limits_.name) return fault("XML-05");
        if (n.empty()) return fault("XML-12", {std::string(tag_)});
        if (std::find(names_.begin(), names_.end(), n) != names_.end()) return fault("XML-08");
        names_.push_back(n);
        if (names_.size() > limits_.attributes) return fault("XML-05");
        if (!count_node()) return fault("XML-07");
        blanks();
        if (at_ >= s_.size() || s_[at_] != '=') return fault("XML-12", {std::string(tag_)});
        ++at_;
        blanks();
        if (at_ >= s_.size() || (s_[at_] != '"' && s_[at_] != '\''))
            return fault("XML-12", {std::string(tag_)});
        auto quote = s_[at_++];
        auto end = s_.find(quote, at_);
        if (end == std::string_view::npos ||
            s_.substr(at_, end - at_).find('<') != std::string_view::npos)
            return fault("XML-12", {std::string(tag_)});
        if (auto bad = references(end)) return bad;
        at_ = end + 1;
        return std::nullopt;
    }

    std::string_view s_;
    xml_limits const& limits_;
    std::size_t at_{0}, nodes_{0};
    bool root_seen_{false};
    std::string_view tag_;  ///< the tag being read
    std::vector<std::string_view> open_, names_;
};
}  // namespace

std::optional<scan_fault> scan(std::string_view utf8, xml_limits const& limits) {
    return walker(utf8, limits).run();
}
}  // namespace cda
