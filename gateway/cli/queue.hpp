/// `liaison show|list|retry|cancel`: the queue, through the admin listener of a running daemon.
#pragma once
#include <string>

#include "gateway/cli/check.hpp"

namespace gateway::cli {
struct queue_request {
    std::string config_file, id, state;
    std::string actor;  ///< who asks, as the account will name him
    output form{output::text};
};
/// A submission, or one delivery. @return 0, 1 not found, 2 no daemon answers.
int run_show(queue_request const&);
int run_list(queue_request const&);
/// @param what  "retry" | "cancel". @return 0 done, 1 not possible, 2 no daemon answers.
int run_act(queue_request const&, std::string const& what);
}  // namespace gateway::cli
