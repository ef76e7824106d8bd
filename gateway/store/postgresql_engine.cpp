#include "gateway/store/engine.hpp"
#include "gateway/store/postgresql_watch.hpp"
#include "gateway/store/schema.hpp"

namespace gateway {
namespace {
using sql::connection;
using sql::statement;

void must_be_durable(connection& db) {
    statement setting(db, "SELECT setting FROM pg_settings WHERE name='fsync'");
    if (setting.step() && setting.text() != "on")
        throw store_unavailable(
            "PostgreSQL runs with fsync off: what it confirms is not on disk. Set fsync = on");
}

void migrate(connection& db) {
    db.run(
        "CREATE TABLE IF NOT EXISTS schema_version("
        "one BIGINT PRIMARY KEY CHECK(one=1), version BIGINT NOT NULL)");
    std::int64_t have = 0;
    {
        statement version(db, "SELECT version FROM schema_version");
        if (version.step()) have = version.number();
    }
    auto known = sql::postgresql_migrations.size();
    sql::refuse_newer(have, known);
    for (auto n = static_cast<std::size_t>(have); n < known; ++n)
        db.run(sql::postgresql_migrations[n]);
    statement(db,
              "INSERT INTO schema_version(one,version) VALUES(1,?) "
              "ON CONFLICT(one) DO UPDATE SET version=excluded.version")
        .bind(static_cast<std::int64_t>(known))
        .run();
}

/// Gateways may start together: one of them migrates, the others wait for the writers' lock and
/// find it done. Leases that stand are not ours to give back; they end by themselves.
void prepare(connection& db) {
    must_be_durable(db);
    db.run(db.speaks().begin);
    try {
        migrate(db);
        db.run("COMMIT");
    } catch (...) {
        db.abandon();
        throw;
    }
}

/// The clocks of the gateways differ; the database has one.
instant time_of(connection& db) {
    statement clock(db, "SELECT (EXTRACT(EPOCH FROM clock_timestamp())*1000)::BIGINT");
    if (!clock.step()) throw store_unavailable("PostgreSQL: no time");
    return clock.number();
}
}  // namespace

engine postgresql_engine(postgresql_options const& o) {
    engine out;
    out.write = out.read = [o] { return sql::open_postgresql_database(o); };
    out.prepare = prepare;
    out.time = time_of;
    out.watch = [o](std::function<void()> call) {
        return std::make_shared<sql::postgresql_watch>(o, std::move(call));
    };
    return out;
}
}  // namespace gateway
