/// What tells one SQL store from another: how to connect, what to do before it is used, and whose
/// clock counts.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/migrate.hpp"
#include "gateway/store/postgresql_database.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
struct engine {
    sql::connect write, read;
    /// Brings the tables up to date and settles what an earlier process left; called once, before
    /// any other use.
    std::function<void(sql::connection&)> prepare;
    /// A connection without any gateway beside it, as long as it lives. @throws store_in_use
    std::function<std::unique_ptr<sql::connection>(sql::access)> alone;
    /// Of the tables that are there; 0: none.
    std::function<std::int64_t(sql::connection&)> version;
    /// Brings the tables up to date, on a connection that is alone.
    std::function<void(sql::connection&)> migrate;
    std::function<instant(sql::connection&)> time;
    /// Calls back, from a thread of its own and until what it returns is destroyed, when another
    /// process over the same database has work for everybody. Empty: there can be no other.
    std::function<std::shared_ptr<void>(std::function<void()>)> watch;
    /// Held as long as the store is open.
    std::shared_ptr<void> lock;
};
/// A file of its own, for one process at a time. @throws store_in_use when another holds it
[[nodiscard]] engine sqlite_engine(std::string const& path, sql::schema = sql::shipped_schema);
/// A database that several gateways share.
[[nodiscard]] engine postgresql_engine(postgresql_options const&,
                                       sql::schema = sql::shipped_schema);

/// The tables by themselves, for an admin who goes from one version of Liaison to another.
struct schema_keeper {
    std::int64_t known{0};  ///< the version that this Liaison makes
    std::function<sql::schema_mark()> read;
    /// Up or down, in one transaction. @throws store_unavailable while a gateway uses the store
    std::function<void(std::int64_t to)> move;
};
[[nodiscard]] schema_keeper sqlite_schema(std::string const& path,
                                          sql::schema = sql::shipped_schema);
[[nodiscard]] schema_keeper postgresql_schema(postgresql_options const&,
                                              sql::schema = sql::shipped_schema);

[[nodiscard]] std::unique_ptr<store> open_store(engine, store_keys);
}  // namespace gateway
