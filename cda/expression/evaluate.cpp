#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "cda/expression/walk.hpp"
#include "cda/lexical.hpp"
#include "cda/ucum.hpp"
#include "cda/xml.hpp"

namespace cda::expression {
namespace {
bool numeric(part const& p) {
    return p.kind == op::number || (p.kind == op::call && (p.called == function::count ||
                                                           p.called == function::string_length));
}
bool textual(part const& p) {
    return p.kind == op::literal || (p.kind == op::call && (p.called == function::string ||
                                                            p.called == function::normalize_space ||
                                                            p.called == function::name));
}
double to_number(std::string_view s) {
    s = lexical::trimmed(s);
    double out = 0;
    auto [end, bad] = std::from_chars(s.data(), s.data() + s.size(), out);
    if (s.empty() || bad != std::errc{} || end != s.data() + s.size())
        return std::numeric_limits<double>::quiet_NaN();
    return out;
}
bool ordered(op kind, double a, double b) {
    switch (kind) {
        case op::less: return a < b;
        case op::less_equal: return a <= b;
        case op::greater: return a > b;
        case op::greater_equal: return a >= b;
        case op::equal: return a == b;
        default: return a != b;
    }
}
void normalize(std::string_view in, std::string& out) {
    out.clear();
    for (std::size_t i = 0; i < in.size(); ++i) {
        bool blank = in[i] == ' ' || in[i] == '\t' || in[i] == '\n' || in[i] == '\r';
        if (!blank)
            out += in[i];
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
}
}  // namespace

std::string_view evaluator::value_of(place p, std::string& buffer) const {
    if (p.attribute != 0) return tree_.attributes()[p.attribute - 1].value;
    return xml::text_view(tree_[p.element].xml, buffer);
}

bool evaluator::holds(compiled const& c, step const& s, place p,
                      std::vector<std::size_t>& positions) {
    if (s.positional) positions.resize(s.predicates.size(), 0);
    for (std::size_t k = 0; k < s.predicates.size(); ++k) {
        auto const& test = c.parts[s.predicates[k]];
        auto position = s.positional ? ++positions[k] : 1;
        bool ok = test.kind == op::number ? static_cast<double>(position) == test.value
                                          : truth(c, s.predicates[k], p, position);
        if (!ok) return false;
    }
    return true;
}

bool evaluator::quick(compiled const& c, part const& p, index element) {
    switch (p.quick) {
        case shortcut::has_attribute: return tree_.find(element, p.steps[0].name) != nullptr;
        case shortcut::has_child: return first_child(element, p.steps[0].name) != 0;
        case shortcut::attribute_is: {
            auto a = tree_.find(element, c.parts[p.operands[0]].steps[0].name);
            return a != nullptr && a->value == c.parts[p.operands[1]].text;
        }
        default: break;
    }
    auto const& steps = c.parts[p.operands[0]].steps;
    std::string_view wanted = c.parts[p.operands[1]].text;
    for (auto i = element + 1; i < tree_[element].end; i = tree_[i].end) {
        if (!burn()) return false;
        if (tree_[i].name != steps[0].name) continue;
        auto a = tree_.find(i, steps[1].name);
        if (a != nullptr && a->value == wanted) return true;
    }
    return false;
}

evaluator::index evaluator::first_child(index of, symbol name) {
    for (auto i = of + 1; i < tree_[of].end; i = tree_[i].end) {
        if (!burn()) return 0;
        if (tree_[i].name == name) return i;
    }
    return 0;
}

bool evaluator::truth(compiled const& c, index part_index, place at, std::size_t position) {
    auto const& p = c.parts[part_index];
    if (p.quick != shortcut::none && at.attribute == 0) return quick(c, p, at.element);
    switch (p.kind) {
        case op::either:
            return std::any_of(p.operands.begin(), p.operands.end(),
                               [&](index i) { return truth(c, i, at, position); });
        case op::both:
            return std::all_of(p.operands.begin(), p.operands.end(),
                               [&](index i) { return truth(c, i, at, position); });
        case op::negate: return !truth(c, p.operands[0], at, position);
        case op::yes: return true;
        case op::no: return false;
        case op::number: return p.value != 0;
        case op::literal: return !p.text.empty();
        case op::path:
        case op::alternatives: {
            auto any = [](place) { return true; };
            return visit(c, part_index, at, any);
        }
        case op::call: return test_call(c, p, at);
        default: return compare(c, p, at);
    }
}

double evaluator::number(compiled const& c, index part_index, place at) {
    auto const& p = c.parts[part_index];
    std::string buffer;
    if (p.kind == op::number) return p.value;
    if (p.kind == op::call && p.called == function::count) {
        double n = 0;
        auto add = [&](place) {
            ++n;
            return false;
        };
        visit(c, p.operands[0], at, add);
        return n;
    }
    if (p.kind == op::call && p.called == function::string_length) {
        auto s = p.operands.empty() ? value_of(at, buffer) : string(c, p.operands[0], at, buffer);
        // Characters, not bytes.
        return static_cast<double>(std::count_if(s.begin(), s.end(), [](char ch) {
            return (static_cast<unsigned char>(ch) & 0xC0) != 0x80;
        }));
    }
    return to_number(string(c, part_index, at, buffer));
}

std::string_view evaluator::string(compiled const& c, index part_index, place at,
                                   std::string& buffer) {
    auto const& p = c.parts[part_index];
    if (p.kind == op::literal) return p.text;
    if (nodes(p)) {
        std::string_view out;
        auto first = [&](place n) {
            out = value_of(n, buffer);
            return true;
        };
        visit(c, part_index, at, first);
        return out;
    }
    if (p.kind == op::call && p.called == function::string)
        return p.operands.empty() ? value_of(at, buffer) : string(c, p.operands[0], at, buffer);
    if (p.kind == op::call && p.called == function::normalize_space) {
        std::string inner;
        auto raw = p.operands.empty() ? value_of(at, inner) : string(c, p.operands[0], at, inner);
        normalize(raw, buffer);
        return buffer;
    }
    if (p.kind == op::call && p.called == function::name) {
        place of = at;
        if (!p.operands.empty()) {
            bool found = false;
            auto first = [&](place n) {
                of = n;
                return found = true;
            };
            visit(c, p.operands[0], at, first);
            if (!found) return {};
        }
        buffer = of.attribute != 0 ? std::string(tree_.attributes()[of.attribute - 1].xml.name())
                                   : tree_.name_of(of.element);
        return buffer;
    }
    if (numeric(p)) {
        buffer = std::to_string(static_cast<long long>(number(c, part_index, at)));
        return buffer;
    }
    return truth(c, part_index, at, 1) ? "true" : "false";
}

bool evaluator::compare_nodes(compiled const& c, op kind, index from, index other, place at) {
    auto const& o = c.parts[other];
    std::string mine, theirs;
    if (nodes(o)) {
        std::vector<std::string> values;
        auto gather = [&](place n) {
            values.emplace_back(value_of(n, theirs));
            return false;
        };
        visit(c, other, at, gather);
        auto fits = [&](place n) {
            auto v = value_of(n, mine);
            return std::any_of(values.begin(), values.end(), [&](std::string const& w) {
                if (kind == op::equal) return v == w;
                if (kind == op::unequal) return v != w;
                return ordered(kind, to_number(v), to_number(w));
            });
        };
        return visit(c, from, at, fits);
    }
    if (numeric(o) || (kind != op::equal && kind != op::unequal)) {
        auto n = number(c, other, at);
        auto fits = [&](place p) { return ordered(kind, to_number(value_of(p, mine)), n); };
        return visit(c, from, at, fits);
    }
    auto wanted = string(c, other, at, theirs);
    auto fits = [&](place p) { return (value_of(p, mine) == wanted) == (kind == op::equal); };
    return visit(c, from, at, fits);
}

bool evaluator::compare(compiled const& c, part const& p, place at) {
    auto left = p.operands[0], right = p.operands[1];
    auto const &a = c.parts[left], &b = c.parts[right];
    auto logical = [](part const& x) { return !nodes(x) && !numeric(x) && !textual(x); };
    bool equality = p.kind == op::equal || p.kind == op::unequal;
    if (equality && (logical(a) || logical(b)))
        return (truth(c, left, at, 1) == truth(c, right, at, 1)) == (p.kind == op::equal);
    if (nodes(a)) return compare_nodes(c, p.kind, left, right, at);
    if (nodes(b)) {
        auto mirrored = p.kind == op::less            ? op::greater
                        : p.kind == op::less_equal    ? op::greater_equal
                        : p.kind == op::greater       ? op::less
                        : p.kind == op::greater_equal ? op::less_equal
                                                      : p.kind;
        return compare_nodes(c, mirrored, right, left, at);
    }
    if (!equality || numeric(a) || numeric(b))
        return ordered(p.kind, number(c, left, at), number(c, right, at));
    std::string x, y;
    return (string(c, left, at, x) == string(c, right, at, y)) == (p.kind == op::equal);
}

bool evaluator::in_set(part const& p, place n) {
    auto set = sets_.find(p.text);
    if (set == nullptr) {
        missing_.insert(p.text);
        return true;
    }
    used_.insert(set);
    std::string buffer;
    if (p.called == function::text_in_set) return set->holds_code(value_of(n, buffer));
    if (p.called == function::code_in_set)
        return set->holds_code(n.attribute != 0 ? value_of(n, buffer)
                                                : tree_[n.element].xml.attribute("code").value());
    auto e = tree_[n.element].xml;
    return set->holds(e.attribute("code").value(), e.attribute("codeSystem").value());
}

bool evaluator::test_call(compiled const& c, part const& p, place at) {
    std::string a, b;
    switch (p.called) {
        case function::count: {
            auto any = [](place) { return true; };
            return visit(c, p.operands[0], at, any);
        }
        case function::starts_with: return string(c, p.operands[0], at, a).starts_with(p.text);
        case function::contains:
            return string(c, p.operands[0], at, a).find(p.text) != std::string_view::npos;
        case function::one_of: {
            auto listed = [&](std::string_view s) {
                return std::binary_search(p.words.begin(), p.words.end(), s);
            };
            if (!nodes(c.parts[p.operands[0]])) return listed(string(c, p.operands[0], at, a));
            auto fits = [&](place n) { return listed(value_of(n, a)); };
            return visit(c, p.operands[0], at, fits);
        }
        case function::has_form: {
            auto fits = [&](std::string_view s) {
                return std::any_of(p.words.begin(), p.words.end(),
                                   [&](auto const& form) { return lexical::has_form(s, form); });
            };
            auto one = [&](place n) { return fits(value_of(n, a)); };
            if (!nodes(c.parts[p.operands[0]])) return fits(string(c, p.operands[0], at, a));
            return visit(c, p.operands[0], at, one);
        }
        case function::in_set:
        case function::code_in_set:
        case function::text_in_set: {
            auto fits = [&](place n) { return in_set(p, n); };
            return visit(c, p.operands[0], at, fits);
        }
        case function::is_timestamp: return lexical::timestamp(string(c, p.operands[0], at, a));
        case function::is_oid: return lexical::oid_or_uuid(string(c, p.operands[0], at, a));
        case function::is_integer: return lexical::integer(string(c, p.operands[0], at, a));
        case function::is_ucum: return ucum::unit(string(c, p.operands[0], at, a));
        default: break;
    }
    if (p.called == function::string_length)
        return !(p.operands.empty() ? value_of(at, a) : string(c, p.operands[0], at, a)).empty();
    // string(), normalize-space() and name() are true when they are not empty.
    auto self = static_cast<index>(&p - c.parts.data());
    return !string(c, self, at, b).empty();
}

std::uint32_t evaluator::first(compiled const& c, std::uint32_t context) {
    std::uint32_t out = 0;
    auto take = [&](place n) {
        out = n.element;
        return true;
    };
    if (nodes(c.parts[c.top])) visit(c, c.top, {context, 0}, take);
    return out;
}

// --- patterns
// ------------------------------------------------------------------------------------------------------

bool evaluator::self_fits(compiled const& c, step const& s, index element) {
    if (!burn() || (!s.any && tree_[element].name != s.name)) return false;
    for (auto k : s.predicates) {
        auto const& test = c.parts[k];
        if (test.kind == op::number) {
            // The position among the siblings that the step names.
            double position = 0;
            for (auto i = tree_[element].parent + 1; element != 0 && i <= element;
                 i = tree_[i].end) {
                if (!burn()) return false;
                position += s.any || tree_[i].name == s.name;
            }
            if (position != test.value && !(element == 0 && test.value == 1)) return false;
        } else if (!truth(c, k, {element, 0}, 1)) {
            return false;
        }
    }
    return true;
}

bool evaluator::match_up(compiled const& c, part const& path, std::size_t step_index,
                         index element) {
    auto const& s = path.steps[step_index];
    if (!self_fits(c, s, element)) return false;
    bool any_depth = s.along == axis::descendant;
    if (step_index == 0) return !path.absolute || any_depth || element == 0;
    for (auto up = element; up != 0;) {
        up = tree_[up].parent;
        if (match_up(c, path, step_index - 1, up)) return true;
        if (!any_depth) return false;
    }
    return false;
}

bool evaluator::matches(pattern const& p, std::uint32_t element) {
    auto const& top = p.path.parts[p.path.top];
    if (top.kind == op::path) return match_up(p.path, top, top.steps.size() - 1, element);
    return std::any_of(top.operands.begin(), top.operands.end(), [&](index i) {
        auto const& one = p.path.parts[i];
        return match_up(p.path, one, one.steps.size() - 1, element);
    });
}
}  // namespace cda::expression
