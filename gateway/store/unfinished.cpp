#include "gateway/store/unfinished.hpp"

#include "gateway/store/store.hpp"

namespace gateway::sql {
bool unfinished(connection& db) {
    statement mark(db, db.speaks().has_table);
    return mark.bind("unfinished").step() && mark.number() != 0;
}
void refuse_unfinished(connection& db) {
    if (unfinished(db))
        throw store_unavailable(
            "a copy or an import into this store was interrupted: it is not whole. Start it again");
}
void mark_unfinished(connection& db) { db.run("CREATE TABLE unfinished(one BIGINT PRIMARY KEY)"); }
void mark_finished(connection& db) { db.run("DROP TABLE unfinished"); }
}  // namespace gateway::sql
