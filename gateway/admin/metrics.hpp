/// Figures for Prometheus: the state of this process. What is paid for comes from the ledger.
#pragma once
#include <string>

#include "gateway/runtime.hpp"

namespace gateway {
/// Prometheus text format 0.0.4. Names start with `liaison_`; no label holds patient data.
[[nodiscard]] std::string metrics_text(runtime&);
}  // namespace gateway
