#include "gateway/store/reader.hpp"

#include "gateway/store/ledger.hpp"
#include "gateway/store/unfinished.hpp"

namespace gateway {
void ledger_reader::each(std::function<void(ledger_event const&)> const& fn) const {
    auto db = open_();
    sql::refuse_unfinished(*db);
    sql::ledger(key_).read(*db, fn);
}

ledger_report ledger_reader::verify() const {
    auto db = open_();
    sql::refuse_unfinished(*db);
    return sql::ledger(key_).verify(*db);
}
}  // namespace gateway
