#include "gateway/store/reader.hpp"

#include "gateway/store/ledger.hpp"

namespace gateway {
void ledger_reader::each(std::function<void(ledger_event const&)> const& fn) const {
    auto db = open_();
    sql::ledger(key_).read(*db, fn);
}

ledger_report ledger_reader::verify() const {
    auto db = open_();
    return sql::ledger(key_).verify(*db);
}
}  // namespace gateway
