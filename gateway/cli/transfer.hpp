/// `liaison store copy`, `export`, `import`: everything of one store moves to another, leaves in
/// open formats, or comes back. The gateways are stopped.
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

struct archive_request {
    config settings;
    std::string folder;
    std::string actor;          ///< who asks, as the account will name him
    std::string seal_key_file;  ///< of the instance that exported, to prove its account; or empty
    output form{output::text};
    language words{language::fr};
};
/// @return 0, 1 refused, or the account that leaves does not verify; why is said
int run_export(archive_request const&);
int run_import(archive_request const&);
}  // namespace gateway::cli
