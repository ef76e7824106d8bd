/// The account without the daemon, or beside it: read-only, takes no lock.
#pragma once
#include <functional>
#include <string>

#include "gateway/store/store.hpp"

namespace gateway {
class ledger_reader {
public:
    /// @param seal_key  32 bytes; needed by verify only.
    ledger_reader(std::string database, std::string seal_key)
        : path_(std::move(database)), key_(std::move(seal_key)) {}
    /// In order. @throws store_unavailable
    void each(std::function<void(ledger_event const&)> const&) const;
    [[nodiscard]] ledger_report verify() const;

private:
    std::string path_, key_;
};
}  // namespace gateway
