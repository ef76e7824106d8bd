/// Virtual time: events in their order, and flows (coroutines) that sleep in it. Nothing waits
/// for real, one thread runs everything, and what happens in the same millisecond is ordered by the
/// seed, so that a seed is a schedule.
#pragma once
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <utility>

namespace simulation {
using ms = std::int64_t;  ///< since the world began, or a span

/// All chance of one schedule.
class chance {
public:
    explicit chance(std::uint64_t seed) : engine_(seed) {}
    /// lowest..highest, both included
    std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        auto span = static_cast<std::uint64_t>(highest - lowest) + 1;
        return lowest + static_cast<std::int64_t>(engine_() % span);
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    /// per thousand
    bool happens(std::int64_t thousandths) { return between(0, 999) < thousandths; }
    double fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

private:
    std::mt19937_64 engine_;
};

/// One life of a process, from its start to its end. While it is frozen nothing of it runs.
struct life {
    int node{0};  ///< 0: the world itself
    ms began{0}, frozen_until{0};
    ms disturbed{-1};  ///< until when it last stood still
    // The store's clock as it could see it: by how much it was wrong at the last look, and when a
    // look last found that it was set.
    std::optional<ms> store_wrong_by;
    std::optional<ms> saw_step;
    bool over{false};
};
using life_ptr = std::shared_ptr<life>;

class loop {
public:
    explicit loop(chance& c) : chance_(c) {}
    [[nodiscard]] ms now() const { return now_; }
    /// Does `what` after `wait`, in this life: later when it is frozen then, not at all when over.
    void after(ms wait, life_ptr whose, std::function<void()> what);
    /// The next event. @return false: there is none
    bool step();

private:
    struct event {
        ms at;
        std::uint64_t order;
        life_ptr whose;
        std::function<void()> what;
        friend bool operator<(event const& a, event const& b) {
            return a.at != b.at ? a.at > b.at : a.order > b.order;  // the earliest on top
        }
    };
    void put(event);
    chance& chance_;
    ms now_{0};
    std::vector<event> heap_;
};

/// Awaited: the flow goes on after so long.
struct sleep {
    loop& in;
    life_ptr whose;
    ms wait;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
        in.after(wait, whose, [h] { h.resume(); });
    }
    void await_resume() const noexcept {}
};

/// What one flow waits for: somebody rings, or the time is over. Copies are the same bell.
class bell {
public:
    void ring();
    struct waiting {
        bell& of;
        loop& in;
        life_ptr whose;
        ms most;
        bool await_ready() const noexcept { return of.state_->rung; }
        void await_suspend(std::coroutine_handle<>);
        /// @return whether it rang
        bool await_resume() const noexcept { return std::exchange(of.state_->rung, false); }
    };
    waiting wait(loop& in, life_ptr whose, ms most) { return {*this, in, std::move(whose), most}; }

private:
    struct state {
        bool rung{false};
        std::uint64_t ticket{0};
        std::coroutine_handle<> waiter;
        loop* in{nullptr};
        life_ptr whose;
    };
    std::shared_ptr<state> state_{std::make_shared<state>()};
};
}  // namespace simulation
