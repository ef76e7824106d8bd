/// JDV files of a folder, over the shipped sets.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cda/value_sets.hpp"

namespace gateway {
struct loaded_value_sets {
    std::shared_ptr<cda::value_sets const> sets;
    std::size_t files{0};
    std::vector<std::string> refused;  ///< "file: what is wrong"; such a file changes nothing
};
/// @param folder  empty: the shipped sets alone. Files ending in .xml, in the order of their names.
/// @throws std::runtime_error when the folder cannot be read.
[[nodiscard]] loaded_value_sets load_value_sets(std::string const& folder);
}  // namespace gateway
