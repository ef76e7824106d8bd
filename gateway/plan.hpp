/// Directives x INS policy x routes -> deliveries. A pure decision: no I/O but the ids it draws.
/// Rules: INS-10, MSS-001/002/004/012/013/014/016, DMP-01/02/03/04, SUB-05/06, ROUTE-01.
#pragma once
#include "cda/check.hpp"
#include "gateway/config.hpp"
#include "gateway/model.hpp"

namespace gateway {
struct planned {
    std::vector<new_delivery> deliveries;
    cda::findings found;  ///< an error refuses the whole submission
};
[[nodiscard]] planned plan(config const&, emitter_settings const&, directives const&,
                           cda::verdict const&, instant now);
}  // namespace gateway
