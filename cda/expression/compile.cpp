#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "cda/expression/expression.hpp"

namespace cda::expression {
namespace {
bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool digit(char c) { return c >= '0' && c <= '9'; }

struct known_function {
    std::string_view name;
    function which;
    std::size_t least, most;
};
constexpr known_function functions[] = {
    {"count", function::count, 1, 1},
    {"string-length", function::string_length, 0, 1},
    {"normalize-space", function::normalize_space, 0, 1},
    {"starts-with", function::starts_with, 2, 2},
    {"contains", function::contains, 2, 2},
    {"string", function::string, 0, 1},
    {"name", function::name, 0, 1},
    {"one-of", function::one_of, 2, 2},
    {"in-set", function::in_set, 2, 2},
    {"code-in-set", function::code_in_set, 2, 2},
    {"text-in-set", function::text_in_set, 2, 2},
    {"is-timestamp", function::is_timestamp, 1, 1},
    {"is-oid", function::is_oid, 1, 1},
    {"is-integer", function::is_integer, 1, 1},
    {"is-ucum", function::is_ucum, 1, 1},
    {"has-form", function::has_form, 2, 2},
};

struct known_axis {
    std::string_view name;
    axis along;
};
constexpr known_axis axes[] = {
    {"child::", axis::child},
    {"descendant::", axis::descendant},
    {"self::", axis::self},
    {"parent::", axis::parent},
    {"ancestor::", axis::ancestor},
    {"preceding-sibling::", axis::preceding_sibling},
    {"following-sibling::", axis::following_sibling},
    {"attribute::", axis::attribute},
};

/// Recursive descent over XPath's own precedence: or, and, equality, relation, union, path.
class reader {
public:
    reader(std::string_view s, names& n, compiled& out) : s_(s), names_(n), out_(out) {}

    void whole() {
        out_.source = std::string(s_);
        out_.top = disjunction();
        blanks();
        if (at_ != s_.size()) wrong("something follows the expression");
    }

private:
    [[noreturn]] void wrong(std::string const& what) const {
        throw std::runtime_error(what + " at character " + std::to_string(at_ + 1) + " of " +
                                 std::string(s_));
    }
    void blanks() {
        while (at_ < s_.size() && space(s_[at_])) ++at_;
    }
    bool take(std::string_view token) {
        blanks();
        if (!s_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    /// A word operator must not be the start of a longer name.
    bool take_word(std::string_view word) {
        blanks();
        auto rest = s_.substr(at_);
        if (!rest.starts_with(word)) return false;
        if (rest.size() > word.size() && (letter(rest[word.size()]) || digit(rest[word.size()]) ||
                                          rest[word.size()] == '-' || rest[word.size()] == ':'))
            return false;
        at_ += word.size();
        return true;
    }
    /// Whether a step is plain: along this axis, by name, without predicates.
    static bool plain(step const& s, axis along) {
        return s.along == along && !s.any && s.predicates.empty();
    }
    [[nodiscard]] shortcut shortcut_of(part const& p) const {
        if (p.kind == op::path && !p.absolute && p.steps.size() == 1) {
            if (plain(p.steps[0], axis::attribute)) return shortcut::has_attribute;
            if (plain(p.steps[0], axis::child)) return shortcut::has_child;
        }
        if (p.kind != op::equal || out_.parts[p.operands[1]].kind != op::literal)
            return shortcut::none;
        auto const& left = out_.parts[p.operands[0]];
        if (left.kind != op::path || left.absolute) return shortcut::none;
        if (left.quick == shortcut::has_attribute) return shortcut::attribute_is;
        if (left.steps.size() == 2 && plain(left.steps[0], axis::child) &&
            plain(left.steps[1], axis::attribute))
            return shortcut::child_attribute_is;
        return shortcut::none;
    }
    std::uint32_t add(part p, std::size_t from) {
        p.quick = shortcut_of(p);
        p.from = static_cast<std::uint32_t>(from);
        p.to = static_cast<std::uint32_t>(at_);
        out_.parts.push_back(std::move(p));
        return static_cast<std::uint32_t>(out_.parts.size() - 1);
    }
    std::uint32_t join(op kind, std::vector<std::uint32_t> operands) {
        if (operands.size() == 1) return operands.front();
        auto from = out_.parts[operands.front()].from;
        part p;
        p.kind = kind;
        p.operands = std::move(operands);
        return add(std::move(p), from);
    }
    static part made(op kind) {
        part p;
        p.kind = kind;
        return p;
    }

    std::uint32_t disjunction() {
        if (++depth_ > 64) wrong("nesting is too deep");
        std::vector<std::uint32_t> all{conjunction()};
        while (take_word("or")) all.push_back(conjunction());
        --depth_;
        return join(op::either, std::move(all));
    }
    std::uint32_t conjunction() {
        std::vector<std::uint32_t> all{comparison()};
        while (take_word("and")) all.push_back(comparison());
        return join(op::both, std::move(all));
    }
    std::uint32_t comparison() {
        auto left = alternatives();
        struct {
            std::string_view token;
            op kind;
        } constexpr operators[] = {{"!=", op::unequal},       {"<=", op::less_equal},
                                   {">=", op::greater_equal}, {"=", op::equal},
                                   {"<", op::less},           {">", op::greater}};
        for (auto const& o : operators)
            if (take(o.token)) return join(o.kind, {left, alternatives()});
        return left;
    }
    std::uint32_t alternatives() {
        std::vector<std::uint32_t> all{primary()};
        while (take("|")) all.push_back(primary());
        for (auto i : all)
            if (all.size() > 1 && out_.parts[i].kind != op::path)
                wrong("| joins paths, nothing else");
        return join(op::alternatives, std::move(all));
    }

    std::uint32_t primary() {
        blanks();
        if (at_ == s_.size()) wrong("an expression is missing");
        char c = s_[at_];
        if (c == '(') {
            ++at_;
            auto inner = disjunction();
            if (!take(")")) wrong(") is missing");
            return inner;
        }
        if (c == '\'' || c == '"') {
            auto from = at_;
            auto p = made(op::literal);
            p.text = literal();
            return add(std::move(p), from);
        }
        if (digit(c)) return number();
        if (letter(c))
            if (auto called = call()) return *called;
        return path();
    }
    std::string literal() {
        blanks();
        char quote = at_ < s_.size() ? s_[at_] : '\0';
        if (quote != '\'' && quote != '"') wrong("a literal is missing");
        auto end = s_.find(quote, at_ + 1);
        if (end == std::string_view::npos) wrong("a literal does not end");
        auto out = std::string(s_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return out;
    }
    std::uint32_t number() {
        auto p = made(op::number);
        auto begin = at_;
        auto from = s_.data() + at_;
        auto [end, bad] = std::from_chars(from, s_.data() + s_.size(), p.value);
        if (bad != std::errc{}) wrong("a number is wrong");
        at_ += static_cast<std::size_t>(end - from);
        return add(std::move(p), begin);
    }

    std::optional<std::uint32_t> call() {
        auto end = at_;
        while (end < s_.size() && (letter(s_[end]) || digit(s_[end]) || s_[end] == '-')) ++end;
        auto word = s_.substr(at_, end - at_);
        auto open = end;
        while (open < s_.size() && space(s_[open])) ++open;
        if (open == s_.size() || s_[open] != '(') return std::nullopt;
        auto begin = at_;
        at_ = open + 1;
        if (word == "not") {
            auto inner = disjunction();
            if (!take(")")) wrong(") is missing");
            auto p = made(op::negate);
            p.operands.push_back(inner);
            return add(std::move(p), begin);
        }
        if (word == "true" || word == "false") {
            if (!take(")")) wrong(") is missing");
            return add(made(word == "true" ? op::yes : op::no), begin);
        }
        auto f = std::find_if(std::begin(functions), std::end(functions),
                              [&](auto const& k) { return k.name == word; });
        if (f == std::end(functions)) wrong("unknown function " + std::string(word));
        auto p = made(op::call);
        p.called = f->which;
        while (!take(")")) {
            if (!p.operands.empty() && !take(",")) wrong(", is missing");
            p.operands.push_back(disjunction());
        }
        if (p.operands.size() < f->least || p.operands.size() > f->most)
            wrong(std::string(word) + " has a wrong number of arguments");
        if (f->most == 2) {
            auto const& second = out_.parts[p.operands[1]];
            if (second.kind != op::literal) wrong(std::string(word) + " needs a literal");
            p.text = second.text;
        }
        if (f->which == function::one_of || f->which == function::has_form) split(p);
        return add(std::move(p), begin);
    }
    static void split(part& p) {
        std::size_t from = 0;
        while (from < p.text.size()) {
            auto end = std::min(p.text.find(' ', from), p.text.size());
            if (end > from) p.words.push_back(p.text.substr(from, end - from));
            from = end + 1;
        }
        std::sort(p.words.begin(), p.words.end());
    }

    std::uint32_t path() {
        blanks();
        auto begin = at_;
        auto p = made(op::path);
        bool deep = false;
        if (take("//")) {
            p.absolute = deep = true;
        } else if (take("/")) {
            p.absolute = true;
        }
        for (;;) {
            p.steps.push_back(one_step(deep));
            if (take("//"))
                deep = true;
            else if (take("/"))
                deep = false;
            else
                break;
        }
        // `./x` and `.//x` say nothing more than `x` and a descendant step.
        if (p.steps.size() > 1 && p.steps[0].along == axis::self && p.steps[0].any &&
            p.steps[0].predicates.empty())
            p.steps.erase(p.steps.begin());
        return add(std::move(p), begin);
    }
    step one_step(bool deep) {
        step out{deep ? axis::descendant : axis::child, false, no_name, false, {}};
        blanks();
        if (take("..")) {
            out.along = axis::parent;
            out.any = true;
        } else if (take(".")) {
            out.along = axis::self;
            out.any = true;
        } else {
            for (auto const& a : axes)
                if (take(a.name)) out.along = a.along;
            if (take("@")) {
                if (deep) wrong("// before an attribute: write //*/@name");
                out.along = axis::attribute;
            }
            node_test(out);
        }
        while (take("[")) {
            out.predicates.push_back(disjunction());
            if (out_.parts[out.predicates.back()].kind == op::number) out.positional = true;
            if (!take("]")) wrong("] is missing");
        }
        return out;
    }
    [[nodiscard]] bool single_colon() const {
        return s_[at_] == ':' && at_ + 1 < s_.size() && s_[at_ + 1] != ':';
    }
    void node_test(step& out) {
        if (take("*")) {
            out.any = true;
            return;
        }
        auto from = at_;
        while (at_ < s_.size() &&
               (letter(s_[at_]) || digit(s_[at_]) || s_[at_] == '-' || single_colon()))
            ++at_;
        if (at_ == from) wrong("a name is missing");
        auto name = s_.substr(from, at_ - from);
        if (out.along == axis::attribute)
            out.name = names_.intern("@" + std::string(name));
        else
            out.name = names_.intern(name);
    }

    std::string_view s_;
    names& names_;
    compiled& out_;
    std::size_t at_{0};
    int depth_{0};
};
}  // namespace

compiled compile(std::string_view source, names& known) {
    compiled out;
    reader(source, known, out).whole();
    return out;
}

pattern compile_pattern(std::string_view source, names& known) {
    pattern out{compile(source, known)};
    auto const& top = out.path.parts[out.path.top];
    auto bad = [&](part const& p) {
        return p.kind != op::path || std::any_of(p.steps.begin(), p.steps.end(), [](step const& s) {
                   return s.along != axis::child && s.along != axis::descendant;
               });
    };
    bool wrong = top.kind == op::alternatives
                     ? std::any_of(top.operands.begin(), top.operands.end(),
                                   [&](auto i) { return bad(out.path.parts[i]); })
                     : bad(top);
    if (wrong) throw std::runtime_error("not a pattern of child steps: " + std::string(source));
    return out;
}
}  // namespace cda::expression
