/// Finds, of the servers that the conninfo names, the one that is to be used.
#pragma once
#include "gateway/store/postgresql_answer.hpp"
#include "gateway/store/postgresql_options.hpp"

namespace gateway::sql {
struct reached_server {
    pg_connection connection;  ///< never null
    std::int64_t timeline;
};
/// The first, in the order of the conninfo, that takes writes and was not replaced by another.
/// @throws store_unavailable
[[nodiscard]] reached_server connect_postgresql(postgresql_options const&);
}  // namespace gateway::sql
