/// How hard a simulated world is: drawn from the seed, each kind of trouble in about half of the
/// worlds, so that some see one kind alone. And the gateways that are broken on purpose.
#pragma once
#include <iosfwd>

#include "loop.hpp"

namespace simulation {
/// One mistake that the simulation must notice; each is made at a seam, the gateway's code is
/// whole.
enum class flaw {
    none,
    stale_lease_settles,    ///< the store takes an account under a lease that was lost
    own_lease_comes_back,   ///< the store gives what has lapsed to who still works on it
    order_forgotten,        ///< the store gives a later delivery of a set first
    no_look_before_resend,  ///< of the DMP, after an unknown outcome
    lease_not_checked,      ///< before sending
    outcome_dropped,        ///< when the store does not answer
    clock_never_rebased,    ///< what waits for a time that no true clock gives waits on
    steps_unnoticed,        ///< a clock that was set lets deliveries expire
    notices_not_leased,
};

struct climate {
    int nodes{1};
    ms storm{60'000};  ///< how long troubles last
    int sets{4};       ///< of documents, each with some replacements
    // per thousand of the calls, messages
    std::int64_t store_before{0}, store_after{0}, store_slow{0};
    std::int64_t transient{0}, permanent{0}, unanswered{0}, slow_peer{0};
    // how many, in the storm
    int outages{0}, cuts{0}, crashes{0}, stops{0}, freezes{0}, peer_downs{0}, store_steps{0},
        wall_steps{0}, cancels{0}, retries{0};
};
[[nodiscard]] climate draw_climate(chance&);
std::ostream& operator<<(std::ostream&, climate const&);
}  // namespace simulation
