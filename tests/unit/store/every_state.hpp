/// A store with something in every state, and all of what a store holds as text, to compare.
#pragma once
#include "engines.hpp"

/// Deliveries queued, leased with pinned ids, deferred, delivered, failed with a notice, cancelled;
/// contents small and large; words that are no text.
void fill_every_state(gateway::store&);
/// Each row of each table, contents as a digest.
[[nodiscard]] std::vector<std::string> everything(gateway::sql::connection&);
