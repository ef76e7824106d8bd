/// What the account says when an attempt is over: one event a document, with the fields that
/// counting needs; and the notice that the emitter is owed.
#pragma once
#include "gateway/store/ledger.hpp"

namespace gateway::sql {
struct ending {
    std::string delivery;
    delivery_state to{};
    instant at{0};
    std::string actor;
    std::string peer;  ///< its words, of which the codes alone are kept
};
/// Inside the caller's transaction.
/// @param environment  stands in each event
void record_end(connection&, ledger const&, std::string const& environment, ending const&);
}  // namespace gateway::sql
