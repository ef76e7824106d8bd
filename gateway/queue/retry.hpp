/// What is written about an attempt, and when the next one is due. Pure: time and chance are given.
#pragma once
#include "gateway/deliver/outcome.hpp"

namespace gateway::queue {
/// Wait before attempt n+1 (n: attempts made, from 1): first * 2^(n-1), at most `max`, times a
/// factor in [0.5, 1].
[[nodiscard]] std::chrono::milliseconds backoff(retry_settings const&, int attempts,
                                                double random_0_to_1);
/// @param at  the store's time
[[nodiscard]] settlement settlement_of(lease const&, outcome const&, retry_settings const&,
                                       instant at, double random_0_to_1);
/// A notice is done when it was taken or refused for good.
struct notice_end {
    bool last;
    instant next_attempt;  ///< 0: none
};
[[nodiscard]] notice_end notice_end_of(store::notice const&, outcome const&, retry_settings const&,
                                       instant at, double random_0_to_1);
}  // namespace gateway::queue
