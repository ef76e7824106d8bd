/// A scripted load on the store, and what the store promised by returning. Two modes of one
/// program: `load` calls the store and writes each promise down after the call returned; `verify`
/// opens what a power cut left and holds the store to every promise.
///
/// Promises, one a line; words hold no spaces, but for the last:
///   submission ID SHA256...     these documents, byte for byte
///   state DELIVERY STATE        until the next such line this one, or what may follow it
///   fixed DELIVERY ID           what `pin` made every later attempt repeat
///   notice DELIVERY owed|told   whether the emitter must still hear of a failure
///   event TYPE FIELD VALUE      in the ledger, as often as it was promised
///   call [ACCOUNT]              ends the promises of one call; ACCOUNT: account_of() after it
#pragma once
#include <map>
#include <string>
#include <vector>

#include "gateway/store/store.hpp"

namespace crash {
inline constexpr gateway::instant end_of_time = 1'000'000'000;

[[nodiscard]] std::string database_of(std::string const& folder);
[[nodiscard]] std::unique_ptr<gateway::store> open_store(std::string const& folder);
/// The nth submission of the script, the same each time: runs must be alike to the byte count, so
/// that the Nth write of one is the Nth of another.
[[nodiscard]] gateway::submission make(int n);
/// SHA-256 over what the store tells of itself: equal accounts, equal stores. A leased delivery
/// counts as queued, which it is after reopening.
[[nodiscard]] std::string account_of(gateway::store&, std::string const& folder);
/// Deliveries whose emitter must still hear of a failure, and how often it was tried.
[[nodiscard]] std::map<std::string, std::int64_t> owed_notices(std::string const& folder);

/// Writes promises down, outside of the folder whose power is cut.
class scribe {
public:
    enum class detail { promises, accounts };
    scribe(std::string folder, std::string const& path, detail);
    ~scribe();
    scribe(scribe const&) = delete;
    scribe& operator=(scribe const&) = delete;
    void call_returned(gateway::store&, std::string promises) const;

private:
    std::string folder_;
    int fd_;
    detail detail_;
};

/// One caller, every kind of call, checkpoints in between, a reopening in the middle.
void load(std::string const& folder, scribe const&);
/// Several callers at once: one sync answers several of them.
void crowd(std::string const& folder, scribe const&);

struct findings {
    std::vector<std::string> broken;  ///< what does not hold
    std::string account;              ///< as the store was found
};
[[nodiscard]] findings verify(std::string const& folder, std::string const& promises);
}  // namespace crash
