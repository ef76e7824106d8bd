/// The account: each event carries the SHA-256 of the one before; the head is sealed with the
/// gateway's key in the same transaction, so that altering, removing or reordering an event, the
/// last ones included, is found.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
/// The fields of an event as they stand in the ledger and in its hash.
[[nodiscard]] std::string text_of(std::map<std::string, std::string> const& fields);
/// What the hash of an event must be.
[[nodiscard]] std::string hash_of(ledger_event const&);

class ledger {
public:
    /// @param seal_key 32 bytes.
    explicit ledger(std::string seal_key) : key_(std::move(seal_key)) {}
    /// Inside the caller's transaction.
    void append(connection&, event const&, instant at) const;
    void read(connection&, std::function<void(ledger_event const&)> const&) const;
    [[nodiscard]] ledger_report verify(connection&) const;

    /// What proves that the chain up to this event is ours.
    [[nodiscard]] std::string seal(std::int64_t seq, std::string const& hash) const;

private:
    [[nodiscard]] ledger_report verify_moment(connection&) const;
    std::string key_;
};
}  // namespace gateway::sql
