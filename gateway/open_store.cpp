#include "gateway/open_store.hpp"

namespace gateway {
namespace {
postgresql_options postgresql_of(config const& c) {
    postgresql_options o;
    o.conninfo = c.store.conninfo;
    if (!c.store.password_file.empty())
        o.password = [file = c.store.password_file] {
            return load_line(file, "store.password_file");
        };
    return o;
}
bool embedded(config const& c) { return c.store.engine == store_engine::sqlite; }
}  // namespace

engine open_engine(config const& c) {
    return embedded(c) ? sqlite_engine(c.database()) : postgresql_engine(postgresql_of(c));
}

store_keys load_keys(config const& c) {
    store_keys keys;
    keys.master = load_key(c.master_key_file, "keys.master_file");
    keys.seal = load_key(c.seal_key_file, "keys.seal_file");
    keys.environment = c.env == cda::environment::test ? "test" : "production";
    return keys;
}

std::unique_ptr<store> open_store(config const& c) {
    auto keys = load_keys(c);
    return open_store(open_engine(c), std::move(keys));
}

ledger_reader open_ledger(config const& c) {
    sql::connect open = [o = postgresql_of(c)] { return sql::open_postgresql_database(o); };
    if (embedded(c))
        open = [path = c.database()] { return sql::open_sqlite_database(path, sql::access::read); };
    return {std::move(open), load_key(c.seal_key_file, "keys.seal_file")};
}

schema_keeper open_schema(config const& c) {
    return embedded(c) ? sqlite_schema(c.database()) : postgresql_schema(postgresql_of(c));
}
}  // namespace gateway
