/// `liaison store version` and `liaison store migrate`: the tables of the store, for an admin who
/// goes from one version of Liaison to another, or back.
#pragma once
#include <cstdint>
#include <string>

#include "gateway/cli/check.hpp"

namespace gateway::cli {
/// @return 0
int run_store_version(std::string const& config_file, output);
/// @param to  0: the version that this Liaison makes
/// @return 0, or 1 when it may not be done now: a gateway uses the store, or there is no such way
int run_store_migrate(std::string const& config_file, std::int64_t to);
}  // namespace gateway::cli
