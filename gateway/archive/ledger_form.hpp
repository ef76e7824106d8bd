/// One event of the account as a line of JSON, as `liaison ledger export` and `liaison export`
/// write it, and times to the millisecond.
#pragma once
#include "gateway/store/store.hpp"

namespace gateway::archive {
[[nodiscard]] std::string iso_of(instant);
/// @throws std::runtime_error when it is none
[[nodiscard]] instant instant_of(std::string const&);
/// Without the end of the line.
[[nodiscard]] std::string line_of(ledger_event const&);
/// @throws std::exception when the line is no event
[[nodiscard]] ledger_event event_from(std::string const& line);
}  // namespace gateway::archive
