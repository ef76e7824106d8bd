#include "gateway/store/reader.hpp"

#include "gateway/store/ledger.hpp"

namespace gateway {
void ledger_reader::each(std::function<void(ledger_event const&)> const& fn) const {
    sqlite::connection db(path_, sqlite::connection::access::read);
    sqlite::ledger(key_).read(db, fn);
}

ledger_report ledger_reader::verify() const {
    sqlite::connection db(path_, sqlite::connection::access::read);
    return sqlite::ledger(key_).verify(db);
}
}  // namespace gateway
