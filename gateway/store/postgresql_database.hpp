/// Connections to PostgreSQL 15 and later through libpq.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/postgresql_options.hpp"

namespace gateway::sql {
/// @throws store_unavailable
[[nodiscard]] std::unique_ptr<connection> open_postgresql_database(postgresql_options const&);
}  // namespace gateway::sql
