/// The store that the configuration names.
#pragma once
#include "gateway/config.hpp"
#include "gateway/store/engine.hpp"
#include "gateway/store/reader.hpp"

namespace gateway {
/// @throws config_error
[[nodiscard]] store_keys load_keys(config const&);
/// What it is kept in. @throws store_in_use
[[nodiscard]] engine open_engine(config const&);
/// @throws store_unavailable, config_error
[[nodiscard]] std::unique_ptr<store> open_store(config const&);
/// The account alone, beside a daemon or without. @throws config_error
[[nodiscard]] ledger_reader open_ledger(config const&);
/// The tables alone. @throws config_error
[[nodiscard]] schema_keeper open_schema(config const&);
}  // namespace gateway
