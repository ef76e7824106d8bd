/// A folder that export_store() wrote, into an empty store (README.md).
#pragma once
#include "gateway/archive/submission_form.hpp"

namespace gateway::archive {
struct import_request {
    std::string folder;
    store_keys keys;  ///< of the new instance
    std::string
        old_seal_key;   ///< 32 bytes, to prove the account before its head is sealed anew; or empty
    std::string actor;  ///< who asks
};
struct imported {
    counts what;
    bool seal_proven{false};  ///< the head bore the seal of a key that is known here
};
/// Reads the whole folder before anything is written.
/// @throws transfer_refused: damaged, incomplete, of another environment, or the target is not
/// empty; store_in_use, store_unavailable
[[nodiscard]] imported import_store(engine const& to, import_request const&, tell_progress const&);
}  // namespace gateway::archive
