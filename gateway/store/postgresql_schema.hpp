/// The tables in a PostgreSQL that several gateways share: who uses them, and when they may change.
/// A gateway shows, by a lock of its writing session, that it is there and which version it knows;
/// joining and changing happen under the writers' lock, so that neither overlooks the other.
#pragma once
#include "gateway/store/migrate.hpp"

namespace gateway::sql {
[[nodiscard]] schema_mark postgresql_mark(connection&);
/// For this session, until it ends. @throws store_unavailable when a gateway that knows `known`
/// versions may not use the tables as they are; store_in_use while another is alone with them
/// @param least  the tables are of this version at least
void join(connection&, std::int64_t known, std::int64_t least);
/// For this session, until it ends: nobody uses the tables, and no gateway joins. @throws
/// store_in_use
void be_alone(connection&);
/// Up to what is known, when that is later; gateways may start together. @throws store_unavailable
/// for tables of a later version that has no place for this one, or while a gateway is there that
/// could not go on
void raise(connection&, schema);
/// @throws store_unavailable while any gateway is there
void bring_to(connection&, schema, std::int64_t to);
}  // namespace gateway::sql
