/// `liaison store copy`: everything of one store moves to another. The gateways of both are
/// stopped.
#pragma once
#include <string>

#include "gateway/cli/check.hpp"
#include "gateway/config.hpp"

namespace gateway::cli {
struct copy_request {
    config from, to;
    output form{output::text};
    language words{language::fr};
};
/// @return 0 copied and verified, 1 refused, and why is said; the source is as it was.
int run_store_copy(copy_request const&);
}  // namespace gateway::cli
