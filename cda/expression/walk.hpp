/// How the evaluator walks paths: private to the files of this folder.
#pragma once
#include <algorithm>

#include "cda/expression/evaluate.hpp"

namespace cda::expression {
inline bool nodes(part const& p) { return p.kind == op::path || p.kind == op::alternatives; }

template <class Fn>
bool evaluator::candidates(step const& s, place from, Fn fn) {
    auto const& here = tree_[from.element];
    auto fits = [&](index i) { return s.any || tree_[i].name == s.name; };
    switch (s.along) {
        case axis::child:
            for (auto i = from.element + 1; i < here.end; i = tree_[i].end) {
                if (!burn()) return false;
                if (fits(i) && fn(place{i, 0})) return true;
            }
            return false;
        case axis::descendant:
            for (auto i = from.element + 1; i < here.end; ++i) {
                if (!burn()) return false;
                if (fits(i) && fn(place{i, 0})) return true;
            }
            return false;
        case axis::self: return (s.any || (from.attribute == 0 && fits(from.element))) && fn(from);
        case axis::parent:
            if (from.attribute != 0) return fn(place{from.element, 0});
            return from.element != 0 && fits(here.parent) && fn(place{here.parent, 0});
        case axis::ancestor:
            for (auto i = from.element; i != 0;) {
                i = tree_[i].parent;
                if (!burn()) return false;
                if (fits(i) && fn(place{i, 0})) return true;
            }
            return false;
        case axis::preceding_sibling: {
            if (from.element == 0) return false;
            // Nearest first, as XPath counts; siblings are found from the front, so they are
            // gathered.
            std::vector<index> before;
            for (auto i = here.parent + 1; i < from.element; i = tree_[i].end) {
                if (!burn()) return false;
                if (fits(i)) before.push_back(i);
            }
            for (auto i = before.rbegin(); i != before.rend(); ++i)
                if (fn(place{*i, 0})) return true;
            return false;
        }
        case axis::following_sibling:
            if (from.element == 0) return false;
            for (auto i = here.end; i < tree_[here.parent].end; i = tree_[i].end) {
                if (!burn()) return false;
                if (fits(i) && fn(place{i, 0})) return true;
            }
            return false;
        case axis::attribute:
            for (auto a = here.attributes_from; a < here.attributes_to; ++a)
                if ((s.any || tree_.attributes()[a].name == s.name) &&
                    fn(place{from.element, a + 1}))
                    return true;
            return false;
    }
    return false;
}

template <class Fn>
bool evaluator::walk(compiled const& c, part const& path, std::size_t at, place from, Fn& fn) {
    if (at == path.steps.size()) return fn(from);
    auto const& s = path.steps[at];
    if (s.predicates.empty())
        return candidates(s, from, [&](place p) { return walk(c, path, at + 1, p, fn); });
    std::vector<std::size_t> positions;
    return candidates(s, from, [&](place p) {
        return holds(c, s, p, positions) && walk(c, path, at + 1, p, fn);
    });
}

template <class Fn>
bool evaluator::visit(compiled const& c, index part_index, place from, Fn& fn) {
    auto const& p = c.parts[part_index];
    if (p.kind == op::alternatives)
        return std::any_of(p.operands.begin(), p.operands.end(),
                           [&](index i) { return visit(c, i, from, fn); });
    if (!p.absolute) return walk(c, p, 0, from, fn);
    // From the document: its only child is the root element.
    auto const& s = p.steps.front();
    std::vector<std::size_t> positions;
    auto take = [&](index i) {
        if (!s.any && tree_[i].name != s.name) return false;
        return holds(c, s, {i, 0}, positions) && walk(c, p, 1, {i, 0}, fn);
    };
    if (s.along != axis::descendant) return take(0);
    for (index i = 0; i < tree_.size(); ++i) {
        if (!burn()) return false;
        if (take(i)) return true;
    }
    return false;
}
}  // namespace cda::expression
