/// Structure of a document against the schema table: STR-01 … STR-11.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "cda/structure/schema.hpp"
#include "cda/tree.hpp"

namespace cda::structure {
struct fault {
    char const* rule;
    pugi::xml_node where;
    std::string attribute;  ///< empty: the element itself
    std::vector<std::string>
        words;  ///< for {0}, {1} … of the rule's texts; names and vocabulary, never a value
};
/// @param report  called for each fault, in document order of the elements that are judged.
void check(tree const&, names const&, schema const&, std::function<void(fault)> const& report);
}  // namespace cda::structure
