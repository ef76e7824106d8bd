/// All of a store into a folder of open formats (README.md).
#pragma once
#include "gateway/archive/submission_form.hpp"

namespace gateway::archive {
struct exported {
    counts what;
    std::string manifest_sha256;
    ledger_report
        account;  ///< one that does not verify leaves all the same, and the manifest says so
};
/// @param from    no gateway may run on it; the reading of all contents is entered in its account
/// @param actor   who asks
/// @param folder  must not be there; without `manifest.json` it is not whole
/// @throws transfer_refused, store_in_use, store_unavailable, std::runtime_error
[[nodiscard]] exported export_store(engine const& from, store_keys const&, std::string const& actor,
                                    std::string const& folder, tell_progress const&);
}  // namespace gateway::archive
