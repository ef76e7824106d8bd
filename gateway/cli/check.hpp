/// `liaison check FILE...`: a verdict on each CDA or IHE_XDM.ZIP without a daemon.
#pragma once
#include <string>
#include <vector>

#include "cda/ins.hpp"

namespace gateway::cli {
enum class output { text, json };
struct check_request {
    std::vector<std::string> files;  ///< "-" is standard input
    cda::environment env{cda::environment::production};
    output form{output::text};
};
/// @return 0 all accepted, 1 one refused, 2 a file cannot be read.
int run_check(check_request const&);
/// `liaison rules`: the catalogue, one rule a line, or one rule whole. @return 0, or 1 when there
/// is no such rule.
int run_rules(std::string const& id, output);
}  // namespace gateway::cli
