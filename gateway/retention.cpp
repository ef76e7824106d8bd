#include "gateway/retention.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/clock.hpp"
#include "gateway/clock_guard.hpp"
#include "gateway/log/event.hpp"

namespace gateway {
namespace {
constexpr std::size_t most_at_once = 20;
constexpr std::chrono::milliseconds between_steps{100};
/// Nobody counts a retention period in minutes.
constexpr std::chrono::minutes between_looks{1};
}  // namespace

struct retention::state {
    state(store& s, settings c, std::atomic<std::int64_t>& n)
        : memory(s), current(std::move(c)), purged(n) {}

    /// @return there may be more.
    bool step() {
        auto keep = current()->retention.contents;
        (void)clock.step(now());  // the dispatcher tells it
        // Contents do not come back: a clock that was just set is not believed.
        if (keep.count() == 0 || clock.settling()) return false;
        try {
            auto at = memory.time();
            auto gone =
                memory.purge(at - std::chrono::milliseconds{keep}.count(), at, most_at_once);
            if (gone.empty()) return false;
            auto count = static_cast<std::int64_t>(gone.size());
            purged += count;
            log::say(log::event::contents_purged, {{"submissions", count}});
            return true;
        } catch (store_unavailable const& trouble) {
            log::trouble(log::event::store_trouble, trouble.what());
            return false;
        }
    }

    void loop() {
        std::unique_lock lock(pace);
        while (!stopping) {
            lock.unlock();
            bool more = step();
            lock.lock();
            auto pause = more ? between_steps : std::chrono::milliseconds{between_looks};
            wake.wait_for(lock, pause, [&] { return stopping; });
        }
    }

    store& memory;
    settings current;
    std::atomic<std::int64_t>& purged;
    clock_guard clock;
    std::mutex pace;
    std::condition_variable wake;
    bool stopping{false};
    std::thread thread;
};

retention::retention(store& s, settings c)
    : state_(std::make_unique<state>(s, std::move(c), purged)) {}
retention::~retention() { stop(); }
void retention::start() {
    state_->thread = std::thread([s = state_.get()] { s->loop(); });
}
void retention::stop() {
    {
        std::lock_guard lock(state_->pace);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    if (state_->thread.joinable()) state_->thread.join();
}
}  // namespace gateway
