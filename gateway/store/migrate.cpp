#include "gateway/store/migrate.hpp"

#include "gateway/store/store.hpp"

namespace gateway::sql {
schema_mark mark_of(schema all, std::int64_t version) {
    if (version <= 0) return {};
    auto last = all[static_cast<std::size_t>(version) - 1].gateways;
    return {version, last == earlier::go_on ? version - 1 : version};
}

void must_suit(schema_mark const& m, std::int64_t known) {
    if (m.oldest <= known) return;
    throw store_unavailable(
        "the database was written by a newer version of Liaison: its tables are of version " +
        std::to_string(m.version) + ", made for versions from " + std::to_string(m.oldest) +
        " on, and this one knows " + std::to_string(known));
}

void migrate(connection& db, schema all, way migration::*by, std::int64_t from, std::int64_t to) {
    auto known = static_cast<std::int64_t>(all.size());
    if (to < 1 || to > known || from > known)
        throw store_unavailable("this version of Liaison leads from version 1 to " +
                                std::to_string(known) + " of the tables, and not from " +
                                std::to_string(from) + " to " + std::to_string(to));
    for (auto n = from; n < to; ++n) db.run((all[static_cast<std::size_t>(n)].*by).up);
    for (auto n = from; n > to; --n) db.run((all[static_cast<std::size_t>(n) - 1].*by).down);
}

void write_mark(connection& db, schema_mark const& m) {
    statement(db,
              "INSERT INTO schema_version(one,version,oldest) VALUES(1,?,?) ON CONFLICT(one) DO "
              "UPDATE SET version=excluded.version,oldest=excluded.oldest")
        .bind(m.version)
        .bind(m.oldest)
        .run();
}
}  // namespace gateway::sql
