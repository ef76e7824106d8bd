/// Expressions on a document: truth, and where a false one went wrong.
#pragma once
#include <set>
#include <string>

#include "cda/expression/expression.hpp"
#include "cda/tree.hpp"
#include "cda/value_sets.hpp"

namespace cda::expression {
/// A place in a document: an element, or one of its attributes.
struct place {
    std::uint32_t element{0};
    std::uint32_t attribute{0};  ///< its index in the tree, plus one; 0: the element itself
};

class evaluator {
public:
    /// @param steps  how many nodes may be visited in all before the evaluator gives up (see
    /// spent()).
    evaluator(tree const& t, value_sets const& sets, std::uint64_t steps)
        : tree_(t), sets_(sets), fuel_(steps) {}

    [[nodiscard]] bool truth(compiled const& c, std::uint32_t context) {
        return truth(c, c.top, {context, 0}, 1);
    }
    /// Whether an element is one that the pattern names.
    [[nodiscard]] bool matches(pattern const&, std::uint32_t element);
    /// For a false expression: the element (or attribute) that a person should look at. The deepest
    /// one that exists on the way to what was asked for, or the one that should not be there.
    [[nodiscard]] place blame(compiled const& c, std::uint32_t context) {
        return blame(c, c.top, {context, 0});
    }
    /// The first element that a path selects, or 0.
    [[nodiscard]] std::uint32_t first(compiled const&, std::uint32_t context);
    /// The document asked for more work than the budget: what was said since is not a verdict.
    [[nodiscard]] bool spent() const { return fuel_ == 0; }
    /// Value sets that an expression asked for and that are not loaded.
    [[nodiscard]] std::set<std::string> const& missing_sets() const { return missing_; }
    [[nodiscard]] std::set<value_set const*> const& used_sets() const { return used_; }

private:
    using index = std::uint32_t;
    bool truth(compiled const&, index part, place, std::size_t position);
    bool quick(compiled const&, part const&, index element);
    index first_child(index of, symbol name);
    double number(compiled const&, index part, place);
    std::string_view string(compiled const&, index part, place, std::string& buffer);
    bool compare(compiled const&, part const&, place);
    bool compare_nodes(compiled const&, op, index nodes, index other, place);
    bool test_call(compiled const&, part const&, place);
    bool in_set(part const&, place);
    bool holds(compiled const&, step const&, place, std::vector<std::size_t>& positions);
    bool match_up(compiled const&, part const& path, std::size_t step, index element);
    bool self_fits(compiled const&, step const&, index element);
    place blame(compiled const&, index part, place);
    place blame_path(compiled const&, index part, place);
    std::size_t depth(place p) const { return tree_.depth(p.element) * 2 + (p.attribute ? 1 : 0); }
    std::string_view value_of(place, std::string& buffer) const;
    bool burn() {
        if (fuel_ == 0) return false;
        --fuel_;
        return true;
    }

    /// Calls fn(place) for each node of a path or of alternatives until it returns true.
    template <class Fn>
    bool visit(compiled const&, index part, place, Fn& fn);
    template <class Fn>
    bool walk(compiled const&, part const& path, std::size_t step, place, Fn& fn);
    template <class Fn>
    bool candidates(step const&, place, Fn fn);

    tree const& tree_;
    value_sets const& sets_;
    std::uint64_t fuel_;
    std::set<std::string> missing_;
    std::set<value_set const*> used_;
};
}  // namespace cda::expression
