/// Takes the tables from one version to another, and says which versions of Liaison may use them.
#pragma once
#include "gateway/store/database.hpp"
#include "gateway/store/schema.hpp"

namespace gateway::sql {
/// What the database says of its tables, in its table `schema_version`.
struct schema_mark {
    std::int64_t version{0};  ///< 0: there are none yet
    std::int64_t oldest{0};   ///< a gateway must know this version at least
    friend bool operator==(schema_mark const&, schema_mark const&) = default;
};
/// How the tables of version `version` are marked.
[[nodiscard]] schema_mark mark_of(schema, std::int64_t version);
/// May a gateway that knows `known` versions use tables so marked? @throws store_unavailable no
void must_suit(schema_mark const&, std::int64_t known);

/// Both inside the caller's transaction, in which nobody else may write.
/// @param by  the engine's way
/// @throws store_unavailable for a version that is not known, or that nothing leads back to
void migrate(connection&, schema, way migration::*by, std::int64_t from, std::int64_t to);
void write_mark(connection&, schema_mark const&);
}  // namespace gateway::sql
