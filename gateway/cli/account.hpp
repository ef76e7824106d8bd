/// `liaison ledger` and `liaison indicators`: read the store directly, beside a daemon or without.
#pragma once
#include <string>

#include "gateway/cli/check.hpp"

namespace gateway::cli {
/// @return 0 the chain and its seals hold, 1 they do not (where and why is printed).
int run_ledger_verify(std::string const& config_file, output);
/// One JSON object a line. @return 0
int run_ledger_export(std::string const& config_file);
struct indicators_request {
    std::string config_file, from, to, definitions_file;
    bool csv{false};
    output form{output::text};
};
/// @return 0, or 2 when a date or the definitions cannot be read.
int run_indicators(indicators_request const&);
}  // namespace gateway::cli
