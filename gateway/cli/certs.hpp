/// `liaison certs show|check`: what the gateway presents, and what expires when.
#pragma once
#include <string>

#include "gateway/cli/check.hpp"

namespace gateway::cli {
/// @param warn_days  `check` fails when a certificate ends within as many days; < 0: show only.
/// @return 0, or 1 when one is expired or about to.
int run_certs(std::string const& config_file, int warn_days, output);
}  // namespace gateway::cli
