/// Moves everything from one store to another, of the same or of the other engine. Contents stay
/// sealed as they are, so that both need the same keys; the account keeps its hashes and its seal.
#pragma once
#include "gateway/store/transfer.hpp"

namespace gateway {
/// Rows are read, written and read back; numbers of rows and a digest of each table must agree, and
/// the account of the target must hold.
/// @param from      is only read, and no gateway may run on it
/// @param to        must be empty, or hold what an interrupted copy left
/// @param seal_key  of both
/// @throws transfer_refused, store_in_use, store_unavailable: the target is then marked as
/// unfinished, and the next copy into it starts over
std::vector<transferred> copy_store(engine const& from, engine const& to,
                                    std::string const& seal_key, tell_progress const&);
}  // namespace gateway
