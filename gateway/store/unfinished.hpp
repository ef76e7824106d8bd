/// The mark of a store that is being filled by a copy or an import: a table of its own, so that
/// what was interrupted is taken for whole by nobody.
#pragma once
#include "gateway/store/database.hpp"

namespace gateway::sql {
[[nodiscard]] bool unfinished(connection&);
/// @throws store_unavailable when the mark stands
void refuse_unfinished(connection&);
void mark_unfinished(connection&);
void mark_finished(connection&);
}  // namespace gateway::sql
