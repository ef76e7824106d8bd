/// Where a person should look when an expression does not hold.
#include "cda/expression/walk.hpp"

namespace cda::expression {
place evaluator::blame_path(compiled const& c, index part_index, place from) {
    auto const& p = c.parts[part_index];
    if (p.kind == op::alternatives) return blame_path(c, p.operands[0], from);
    place here = p.absolute ? place{0, 0} : from;
    for (std::size_t at = p.absolute && p.steps[0].along != axis::descendant ? 1 : 0;
         at < p.steps.size(); ++at) {
        auto const& s = p.steps[at];
        place near = here;
        bool fitting = false;
        std::size_t found = 0;
        std::vector<std::size_t> positions;
        candidates(s, here, [&](place n) {
            if (++found == 1) near = n;
            if (!holds(c, s, n, positions)) return false;
            near = n;
            return fitting = true;
        });
        // None, or several of which any might be the one that was meant: their parent.
        if (found == 0 || (!fitting && found > 1)) return here;
        // The right element with something wrong in it: look closer, at what its own test misses.
        if (!fitting) {
            for (auto k : s.predicates)
                if (c.parts[k].kind != op::number && !truth(c, k, near, 1))
                    return blame(c, k, near);
            return near;
        }
        here = near;
    }
    return here;
}

place evaluator::blame(compiled const& c, index part_index, place at) {
    auto const& p = c.parts[part_index];
    switch (p.kind) {
        case op::both:
            for (auto i : p.operands)
                if (!truth(c, i, at, 1)) return blame(c, i, at);
            return at;
        case op::either: {
            place best = at;
            for (auto i : p.operands) {
                // A guard such as not(x) only says when the rest applies.
                if (c.parts[i].kind == op::negate && p.operands.size() > 1) continue;
                auto found = blame(c, i, at);
                if (depth(found) > depth(best)) best = found;
            }
            return best;
        }
        case op::negate: {
            auto const& inner = c.parts[p.operands[0]];
            place out = at;
            auto take = [&](place n) {
                out = n;
                return true;
            };
            if (nodes(inner)) {
                visit(c, p.operands[0], at, take);
            } else if (inner.kind == op::both || inner.kind == op::either) {
                for (auto i : inner.operands)
                    if (nodes(c.parts[i]) && visit(c, i, at, take)) return out;
            } else if (!inner.operands.empty() && nodes(c.parts[inner.operands[0]])) {
                visit(c, inner.operands[0], at, take);
            }
            return out;
        }
        case op::path:
        case op::alternatives: return blame_path(c, part_index, at);
        case op::number:
        case op::literal:
        case op::yes:
        case op::no: return at;
        default: break;
    }
    // A comparison or a function: the first path in it, or the one too many of a count.
    for (auto i : p.operands) {
        auto const& o = c.parts[i];
        if (o.kind == op::call && o.called == function::count) {
            if (p.operands.size() != 2) return blame_path(c, o.operands[0], at);
            auto other = p.operands[0] == i ? p.operands[1] : p.operands[0];
            auto allowed = number(c, other, at), n = 0.0;
            if (number(c, i, at) < allowed || allowed != allowed)
                return blame_path(c, o.operands[0], at);
            place out = at;
            auto take = [&](place found) {
                out = found;
                return ++n > allowed;
            };
            visit(c, o.operands[0], at, take);
            return out;
        }
        if (nodes(o)) {
            place out = at;
            int n = 0;
            auto take = [&](place found) {
                if (n == 0) out = found;
                return ++n > 1;
            };
            visit(c, i, at, take);
            if (n == 0) return blame_path(c, i, at);
            if (n > 1) out = {tree_[out.element].parent, 0};
            return out;
        }
        if (o.kind == op::call && !o.operands.empty()) return blame(c, i, at);
    }
    return at;
}
}  // namespace cda::expression
