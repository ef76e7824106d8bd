/// `liaison rules`: the catalogue, in code and as data.
#pragma once
#include "gateway/cli/check.hpp"

namespace gateway::cli {
/// `list`: one rule a line; `show ID`: its words and source; `explain ID`: also what is tested, on
/// which elements and for which documents. @return 0, 1 when there is no such rule, 2 usage.
int run_rules(std::vector<std::string> const& words, output, language);
}  // namespace gateway::cli
