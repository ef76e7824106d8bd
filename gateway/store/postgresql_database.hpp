/// How PostgreSQL is reached.
#pragma once
#include <functional>
#include <string>

#include "gateway/store/database.hpp"

using PGconn = struct pg_conn;

namespace gateway {
struct postgresql_options {
    /// As libpq takes it, without a password. Unless it says otherwise: TLS with the server's name
    /// verified, a server that takes writes, a dead server noticed within half a minute.
    std::string conninfo;
    /// Asked at each connection, so that a new password needs no restart; empty: none is sent.
    std::function<std::string()> password;
};
}  // namespace gateway
namespace gateway::sql {
/// @return never null; the caller finishes it. @throws store_unavailable
[[nodiscard]] PGconn* connect_postgresql(postgresql_options const&);
/// @throws store_unavailable
[[nodiscard]] std::unique_ptr<connection> open_postgresql_database(postgresql_options const&);
}  // namespace gateway::sql
