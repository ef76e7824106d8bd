/// `liaison check FILE...`: a verdict on each CDA or IHE_XDM.ZIP without a daemon.
#pragma once
#include <string>
#include <vector>

#include "cda/ins.hpp"

namespace gateway::cli {
enum class output { text, json };
struct check_request {
    std::vector<std::string> files;  ///< "-" is standard input; a folder stands for what is in it
    cda::environment env{cda::environment::production};
    output form{output::text};
};
/// @return 0 all accepted, 1 one refused, 2 a file cannot be read.
int run_check(check_request const&);
/// `liaison rules [list | show ID | explain ID | ID]`: one rule a line, or one rule whole;
/// `explain` adds what its data asks. @return 0, 1 when there is no such rule, 2 usage.
int run_rules(std::vector<std::string> const& words, output);
}  // namespace gateway::cli
