/// The account without the daemon, or beside it: read-only, takes no lock.
#pragma once
#include <functional>
#include <string>

#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
class ledger_reader {
public:
    /// @param open      a connection that only reads
    /// @param seal_key  32 bytes; needed by verify only.
    ledger_reader(sql::connect open, std::string seal_key)
        : open_(std::move(open)), key_(std::move(seal_key)) {}
    /// In order. @throws store_unavailable
    void each(std::function<void(ledger_event const&)> const&) const;
    [[nodiscard]] ledger_report verify() const;

private:
    sql::connect open_;
    std::string key_;
};
}  // namespace gateway
