/// Small documents made from an expression: one in which it holds, one in which it does not. The
/// maker only proposes; the test asks the evaluator what came out.
#pragma once
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "cda/expression/expression.hpp"
#include "cda/value_sets.hpp"

namespace fragment {
using namespace cda::expression;

inline constexpr char const* root_tag =
    R"(<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" )"
    R"(xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" xmlns:sdtc="urn:hl7-org:sdtc" )"
    R"(xmlns:pharm="urn:ihe:pharm:medication" xmlns:ps3-20="urn:dicom-org:ps3-20">)";

class maker {
public:
    /// @param choice  which of several ways to take, where an expression leaves one
    maker(compiled const& c, cda::names const& n, std::size_t choice = 0)
        : c_(c), names_(n), choice_(choice) {}

    void hold(pugi::xml_node at) { hold(c_.top, at); }
    void fail(pugi::xml_node at) { fail(c_.top, at); }
    /// What the expression wants the context element to be called; empty: anything.
    std::string name_wanted() { return name_wanted(c_.top); }
    /// Builds the path of a pattern from nothing. @return the element that it names
    pugi::xml_node build(pugi::xml_document& doc) {
        auto const* p = &c_.root();
        if (p->kind == op::alternatives) p = &c_.parts[p->operands[0]];
        doc.load_string((std::string(root_tag) + "</ClinicalDocument>").c_str());
        auto root = doc.document_element();
        auto at = root;
        for (std::size_t i = 0; i < p->steps.size(); ++i) {
            auto const& s = p->steps[i];
            bool is_root = i == 0 && !s.any && names_.text(s.name) == "ClinicalDocument";
            if (!is_root) {
                wrap(s, at);
                at = at.append_child(element_for(s).c_str());
            }
            for (auto k : s.predicates) hold(k, at);
        }
        return at;
    }

private:
    using index = std::uint32_t;
    part const& at(index i) const { return c_.parts[i]; }

    /// Ancestors that a predicate asks for must stand before the element is made.
    void wrap(step const& s, pugi::xml_node& parent) {
        for (auto k : s.predicates) wrap_for(k, parent);
    }
    void wrap_for(index i, pugi::xml_node& parent) {
        auto const& p = at(i);
        if (p.kind == op::both)
            for (auto o : p.operands) wrap_for(o, parent);
        if (p.kind != op::path || p.steps.empty() || p.steps[0].along != axis::ancestor) return;
        parent = parent.append_child(element_for(p.steps[0]).c_str());
        for (auto k : p.steps[0].predicates) hold(k, parent);
    }
    /// The name of a step's element; a test on name() says what `*` is.
    std::string element_for(step const& s) {
        if (!s.any) return std::string(names_.text(s.name));
        for (auto k : s.predicates)
            if (auto named = name_wanted(k); !named.empty()) return named;
        return "observation";
    }
    std::string name_wanted(index i) {
        auto const& p = at(i);
        if (p.kind == op::equal && at(p.operands[0]).kind == op::call &&
            at(p.operands[0]).called == function::name)
            return at(p.operands[1]).text;
        if (p.kind == op::path && p.steps.size() == 1 && p.steps[0].along == axis::self)
            return std::string(names_.text(p.steps[0].name));
        if (p.kind == op::both || p.kind == op::either)
            for (auto o : p.operands)
                if (auto named = name_wanted(o); !named.empty()) return named;
        return {};
    }

    struct spot {
        pugi::xml_node element;
        std::string attribute;
    };
    static pugi::xml_node root_of(pugi::xml_node n) { return n.root().first_child(); }

    /// Makes one more node that the path selects.
    spot add(index i, pugi::xml_node from) {
        auto const& p = at(i);
        if (p.kind == op::alternatives) return add(p.operands[0], from);
        auto here = p.absolute ? root_of(from) : from;
        for (std::size_t k = 0; k < p.steps.size(); ++k) {
            auto const& s = p.steps[k];
            if (p.absolute && k == 0 && !s.any && names_.text(s.name) == "ClinicalDocument")
                continue;
            if (s.along == axis::attribute)
                return {here, s.any ? "x" : std::string(names_.text(s.name).substr(1))};
            if (s.along == axis::parent || s.along == axis::ancestor) {
                here = here.parent();
                if (!s.any && s.along == axis::parent && !here.empty())
                    here.set_name(std::string(names_.text(s.name)).c_str());
            } else if (s.along == axis::preceding_sibling) {
                here = here.parent().insert_child_before(element_for(s).c_str(), here);
            } else if (s.along == axis::following_sibling) {
                here = here.parent().insert_child_after(element_for(s).c_str(), here);
            } else if (s.along != axis::self) {
                bool last = k + 1 == p.steps.size() ||
                            (k + 2 == p.steps.size() && p.steps[k + 1].along == axis::attribute);
                auto name = element_for(s);
                auto there = last || numbered(s) ? pugi::xml_node{} : here.child(name.c_str());
                for (std::size_t n = count_of(here, name); there.empty() && n + 1 < number(s); ++n)
                    here.append_child(name.c_str());
                here = there ? there : here.append_child(name.c_str());
            }
            for (auto q : s.predicates) hold(q, here);
        }
        return {here, ""};
    }
    static std::size_t count_of(pugi::xml_node n, std::string const& name) {
        std::size_t out = 0;
        for (auto c : n.children(name.c_str())) out += !c.empty();
        return out;
    }
    bool numbered(step const& s) const { return number(s) > 0; }
    std::size_t number(step const& s) const {
        for (auto k : s.predicates)
            if (at(k).kind == op::number) return static_cast<std::size_t>(at(k).value);
        return 0;
    }
    static void set(spot s, std::string const& value) {
        if (s.attribute.empty()) {
            s.element.text().set(value.c_str());
            return;
        }
        auto a = s.element.attribute(s.attribute.c_str());
        if (!a) a = s.element.append_attribute(s.attribute.c_str());
        a.set_value(value.c_str());
    }
    bool path_like(index i) const {
        return at(i).kind == op::path || at(i).kind == op::alternatives;
    }
    /// The path inside string(), normalize-space() and the like.
    index path_in(index i) const {
        if (path_like(i) || at(i).operands.empty()) return i;
        return path_in(at(i).operands[0]);
    }
    spot target(index i, pugi::xml_node from) {
        auto inner = path_in(i);
        return path_like(inner) ? add(inner, from) : spot{from, ""};
    }
    static std::string of_form(std::string const& form) {
        std::string out;
        for (char ch : form) {
            if (ch == '*' && out.empty()) continue;
            if (ch == '*') break;
            out += ch == '9' ? '1' : ch == 'X' ? 'A' : ch;
        }
        return out;
    }

    void hold(index i, pugi::xml_node from) {
        auto const& p = at(i);
        switch (p.kind) {
            case op::both:
                for (auto o : p.operands) hold(o, from);
                return;
            case op::either: {
                std::vector<index> ways;
                for (auto o : p.operands)
                    if (at(o).kind != op::negate) ways.push_back(o);
                return hold(ways.empty() ? p.operands[0] : ways[choice_ % ways.size()], from);
            }
            case op::negate: return;  // nothing is there yet
            case op::path:
            case op::alternatives: {
                auto s = add(i, from);
                if (!s.attribute.empty() && !s.element.attribute(s.attribute.c_str())) set(s, "1");
                return;
            }
            case op::equal: return equal(p, from);
            case op::unequal: return set(target(p.operands[0], from), "x");
            case op::greater:
            case op::greater_equal: return more(p, from);
            case op::call: return call(p, from);
            default: return;
        }
    }
    void equal(part const& p, pugi::xml_node from) {
        auto const& left = at(p.operands[0]);
        auto const& right = at(p.operands[1]);
        if (left.kind == op::call && left.called == function::count) {
            if (right.kind == op::number)
                for (double n = 0; n < right.value; ++n) hold(left.operands[0], from);
            return;
        }
        if (left.kind == op::call && left.called == function::name) return;
        if (path_like(p.operands[1]) ||
            (right.kind == op::call && path_like(path_in(p.operands[1]))))
            set(target(p.operands[1], from), "1.2.3");
        set(target(p.operands[0], from), right.kind == op::literal ? right.text
                                         : right.kind == op::number
                                             ? std::to_string(static_cast<long>(right.value))
                                             : "1.2.3");
    }
    void more(part const& p, pugi::xml_node from) {
        auto const& left = at(p.operands[0]);
        auto const& right = at(p.operands[1]);
        double n = right.kind == op::number ? right.value : 1;
        if (left.kind == op::call && left.called == function::count) {
            for (double k = 0; k < n + (p.kind == op::greater ? 1 : 0); ++k)
                hold(left.operands[0], from);
        } else if (left.kind == op::call && left.called == function::string_length) {
            set(target(p.operands[0], from), "20250310143000+0100");
        } else {
            set(target(p.operands[0], from), std::to_string(static_cast<long>(n) + 1));
        }
    }
    void call(part const& p, pugi::xml_node from) {
        switch (p.called) {
            case function::one_of: return set(target(p.operands[0], from), p.words.front());
            case function::has_form:
                return set(target(p.operands[0], from), of_form(p.words.front()));
            case function::contains:
            case function::starts_with: return set(target(p.operands[0], from), p.text + "x");
            case function::is_timestamp: return set(target(p.operands[0], from), "20250131");
            case function::is_oid: return set(target(p.operands[0], from), "1.2.3");
            case function::is_integer: return set(target(p.operands[0], from), "7");
            case function::is_ucum: return set(target(p.operands[0], from), "mg/L");
            case function::in_set:
            case function::code_in_set:
            case function::text_in_set: return in_set(p, from);
            default: return set(target(p.operands[0], from), "x");
        }
    }
    void in_set(part const& p, pugi::xml_node from) {
        auto s = add(p.operands[0], from);
        if (p.called == function::text_in_set || !s.attribute.empty()) return set(s, "A");
        set({s.element, "code"}, "A");
        if (p.called == function::in_set) set({s.element, "codeSystem"}, "1.2.3");
    }

    void fail(index i, pugi::xml_node from) {
        auto const& p = at(i);
        switch (p.kind) {
            case op::both: {
                // All the others hold, so that this one alone is at fault.
                auto wrong = choice_ % p.operands.size();
                for (std::size_t k = 0; k < p.operands.size(); ++k)
                    if (k == wrong)
                        fail(p.operands[k], from);
                    else
                        hold(p.operands[k], from);
                return;
            }
            case op::either:
                for (auto o : p.operands) fail(o, from);
                return;
            case op::negate: return hold(p.operands[0], from);
            case op::unequal: {
                auto const& right = at(p.operands[1]);
                return set(target(p.operands[0], from), right.text);
            }
            case op::equal: {
                auto const& left = at(p.operands[0]);
                if (left.kind == op::call && left.called == function::count) {
                    auto const& right = at(p.operands[1]);
                    // None is wrong already, unless none is asked for.
                    if (right.kind == op::number && right.value > 0) return;
                    return hold(left.operands[0], from);
                }
                return set(target(p.operands[0], from), "WRONG");
            }
            case op::less:
            case op::less_equal: {
                auto const& left = at(p.operands[0]);
                double n = at(p.operands[1]).value + 1;
                if (left.kind == op::call && left.called == function::count)
                    for (double k = 0; k < n; ++k) hold(left.operands[0], from);
                else
                    set(target(p.operands[0], from), std::to_string(static_cast<long>(n) + 1));
                return;
            }
            case op::call:
                if (p.called != function::count) set(target(p.operands[0], from), "!WRONG!");
                return;
            default: return;  // what does not stand is missing
        }
    }

    compiled const& c_;
    cda::names const& names_;
    std::size_t choice_;
};
}  // namespace fragment
