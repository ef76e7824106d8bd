/// `liaison submit`: hand documents over by HTTPS, as an emitter.
#pragma once
#include <string>
#include <vector>

#include "gateway/cli/check.hpp"

namespace gateway::cli {
struct submit_request {
    std::vector<std::string> files, recipients;
    std::string url, certificate, key, trust, idempotency_key;
    std::string sandbox;  ///< a sandbox folder: URL and credentials are taken from there
    bool dmp{false}, patient{false}, dry_run{false};
    output form{output::text};
};
/// @return 0 accepted, 1 refused, 2 a file cannot be read or nobody answers.
int run_submit(submit_request);
}  // namespace gateway::cli
