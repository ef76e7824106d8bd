/// What the dispatcher decides about its deliveries: how many each peer may be given, which of them
/// are worked on, what a breaker makes of an outcome.
/// No thread, clock, store or chance of its own, one caller at a time: `dispatcher.cpp` does what
/// this says with threads, `tests/simulation` in a pretended world.
#pragma once
#include <array>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "gateway/queue/breaker.hpp"
#include "gateway/queue/job.hpp"

namespace gateway::queue {
/// The queue is looked at so often when nobody says that there is work.
inline constexpr std::chrono::milliseconds look_every{200}, notices_every{500};

/// What is asked of store::take for one peer.
struct wish {
    std::size_t lane;
    std::string holder;
    std::size_t most;
    std::vector<std::string> blocked, at_work;
};

class scheduler {
public:
    /// One for each peer system: 0 the DMP, 1 the MSSanté operator.
    static constexpr std::size_t lanes = 2;
    [[nodiscard]] static std::size_t lane_of(destination_kind kind) {
        return kind == destination_kind::dmp ? 0 : 1;
    }
    [[nodiscard]] static char const* name_of_lane(std::size_t lane);

    /// @param holder  the name of this process in the store
    scheduler(std::string holder, std::array<std::size_t, lanes> widths);

    /// What to take for this peer now; nullopt: it has no room, or its breaker is open.
    [[nodiscard]] std::optional<wish> ask(std::size_t lane, steady::time_point now);
    /// The answer to a wish. @return how many deliveries became ready for `start`
    std::size_t taken(wish const&, std::vector<lease>);
    /// Leases may stand that nobody here knows of, if the answer alone was lost: they end.
    void take_failed(wish const&);
    /// A taken delivery to begin with; nullopt: none waits.
    [[nodiscard]] std::optional<job> start(std::size_t lane);
    breaker::change ended(std::size_t lane, outcome const&, steady::time_point now);
    /// A job is over, whatever became of it: the store may give this delivery to us again.
    void done(std::size_t lane, std::string const& delivery);
    [[nodiscard]] bool open(std::size_t lane) const { return !lanes_.at(lane).fuse.closed(); }
    [[nodiscard]] std::size_t busy(std::size_t lane) const { return lanes_.at(lane).busy; }
    /// How many may be under way at once.
    [[nodiscard]] std::size_t width(std::size_t lane) const { return lanes_.at(lane).width; }

private:
    struct lane_state {
        breaker fuse;
        std::size_t width{1}, busy{0};
        std::deque<lease> waiting;
    };
    std::string holder_;
    std::set<std::string> at_work_;
    std::array<lane_state, lanes> lanes_;
};
}  // namespace gateway::queue
