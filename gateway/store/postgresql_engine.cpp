#include "gateway/store/engine.hpp"
#include "gateway/store/postgresql_schema.hpp"
#include "gateway/store/postgresql_watch.hpp"

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

/// The clocks of the gateways differ; the database has one.
instant time_of(connection& db) {
    statement clock(db, "SELECT (EXTRACT(EPOCH FROM clock_timestamp())*1000)::BIGINT");
    if (!clock.step()) throw store_unavailable("PostgreSQL: no time");
    return clock.number();
}

/// For changes of tables that hold years.
std::unique_ptr<connection> open_patiently(postgresql_options o) {
    o.patience = std::chrono::hours{24};
    return sql::open_postgresql_database(o);
}
}  // namespace

engine postgresql_engine(postgresql_options const& o, sql::schema all) {
    auto known = static_cast<std::int64_t>(all.size());
    // Once prepared the tables are as late as this gateway needs them; a session that is made again
    // makes sure that they still are.
    auto least = std::make_shared<std::atomic<std::int64_t>>(0);
    engine out;
    out.read = [o] { return sql::open_postgresql_database(o); };
    out.write = [o, known, least] {
        return sql::open_postgresql_database(
            o, [known, least](connection& db) { sql::join(db, known, *least); });
    };
    out.alone = [o](sql::access a) {
        auto db = sql::open_postgresql_database(o, sql::be_alone);
        if (a == sql::access::read) db->run("SET default_transaction_read_only = on");
        return db;
    };
    out.version = [](connection& db) { return sql::postgresql_mark(db).version; };
    out.migrate = [all](connection& db) {
        must_be_durable(db);
        sql::raise(db, all);
    };
    // Leases that stand are not ours to give back; they end by themselves.
    out.prepare = [o, all, known, least](connection& db) {
        must_be_durable(db);
        sql::raise(*open_patiently(o), all);
        *least = known;
    };
    out.time = time_of;
    out.watch = [o](std::function<void()> call) {
        return std::make_shared<sql::postgresql_watch>(o, std::move(call));
    };
    return out;
}

schema_keeper postgresql_schema(postgresql_options const& o, sql::schema all) {
    schema_keeper out;
    out.known = static_cast<std::int64_t>(all.size());
    out.read = [o] { return sql::postgresql_mark(*sql::open_postgresql_database(o)); };
    out.move = [o, all](std::int64_t to) { sql::bring_to(*open_patiently(o), all, to); };
    return out;
}
}  // namespace gateway
