/// Connections to PostgreSQL 15 and later through libpq.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/postgresql_options.hpp"

namespace gateway::sql {
/// @param each_time  what a session does before it is used, the first one and each that takes its
///                    place; what it throws ends the session
/// @throws store_unavailable
[[nodiscard]] std::unique_ptr<connection> open_postgresql_database(
    postgresql_options const&, std::function<void(connection&)> each_time = {});
}  // namespace gateway::sql
