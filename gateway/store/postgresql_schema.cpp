#include "gateway/store/postgresql_schema.hpp"

#include <limits>

#include "gateway/store/store.hpp"

namespace gateway::sql {
namespace {
/// The first number of a gateway's lock; the second is the version that it knows.
constexpr std::int64_t presence = 507714471;
/// The second number of who copies all of the tables: below every version.
constexpr std::int64_t nobody = 0;

std::int64_t number(connection& db, char const* question) {
    statement s(db, question);
    return s.step() ? s.number() : 0;
}

/// Who knows less than version `version`, other than this session?
bool others_below(connection& db, std::int64_t version) {
    statement s(db,
                "SELECT COUNT(*) FROM pg_locks WHERE locktype='advisory' AND classid::BIGINT=? AND "
                "objid::BIGINT<? AND objsubid=2 AND pid<>pg_backend_pid() AND "
                "database=(SELECT oid FROM pg_database WHERE datname=current_database())");
    return s.bind(presence).bind(version).step() && s.number() != 0;
}

void in_turn(connection& db, std::function<void()> const& work) {
    db.run(db.speaks().begin);
    try {
        work();
        db.run("COMMIT");
    } catch (...) {
        db.abandon();
        throw;
    }
}

void change(connection& db, schema all, std::int64_t from, std::int64_t to) {
    migrate(db, all, &migration::postgresql, from, to);
    db.run(
        "CREATE TABLE IF NOT EXISTS schema_version("
        "one BIGINT PRIMARY KEY CHECK(one=1), version BIGINT NOT NULL); "
        "ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS oldest BIGINT NOT NULL DEFAULT 0");
    write_mark(db, mark_of(all, to));
}
}  // namespace

schema_mark postgresql_mark(connection& db) {
    // The first versions had no column `oldest`.
    auto columns = number(db,
                          "SELECT COUNT(*) FROM pg_attribute WHERE attname IN ('version','oldest') "
                          "AND NOT attisdropped AND attrelid=to_regclass('schema_version')");
    if (columns == 0) return {};
    statement s(db, columns == 1 ? "SELECT version,version FROM schema_version"
                                 : "SELECT version,oldest FROM schema_version");
    schema_mark out;
    if (!s.step()) return out;
    out.version = s.number();
    out.oldest = s.number();
    return out;
}

void be_alone(connection& db) {
    in_turn(db, [&] {
        if (others_below(db, std::numeric_limits<std::int32_t>::max()))
            throw store_in_use("PostgreSQL: a gateway is connected to the store");
        statement(db, "SELECT pg_advisory_lock(?,?)").bind(presence).bind(nobody).run();
    });
}

void join(connection& db, std::int64_t known, std::int64_t least) {
    in_turn(db, [&] {
        if (others_below(db, nobody + 1))
            throw store_in_use("PostgreSQL: the store is being copied");
        statement(db, "SELECT pg_advisory_lock_shared(?,?)").bind(presence).bind(known).run();
        auto have = postgresql_mark(db);
        must_suit(have, known);
        if (have.version < least)
            throw store_unavailable("the tables of the database were taken back to version " +
                                    std::to_string(have.version) +
                                    " while this gateway was away: start it again");
    });
}

void raise(connection& db, schema all) {
    auto known = static_cast<std::int64_t>(all.size());
    in_turn(db, [&] {
        auto have = postgresql_mark(db);
        must_suit(have, known);
        auto wanted = mark_of(all, known);
        if (have.version > known || have == wanted) return;
        if (have.version < known && others_below(db, wanted.oldest))
            throw store_unavailable(
                "the tables must go from version " + std::to_string(have.version) + " to " +
                std::to_string(known) +
                ", and a gateway of an earlier version that cannot go on with them still uses the "
                "database: stop it first");
        change(db, all, have.version, known);
    });
}

void bring_to(connection& db, schema all, std::int64_t to) {
    in_turn(db, [&] {
        if (others_below(db, std::numeric_limits<std::int32_t>::max()))
            throw store_unavailable("a gateway uses the database: stop all of them first");
        change(db, all, postgresql_mark(db).version, to);
    });
}
}  // namespace gateway::sql
