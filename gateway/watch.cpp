#include "gateway/watch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/log/event.hpp"
#include "gateway/machine.hpp"

namespace gateway {
using clock = std::chrono::steady_clock;

std::optional<shortage> judge_left(std::string_view name, std::uint64_t left,
                                   std::uint64_t reserve) {
    if (left < reserve) return shortage{name, true};
    if (left - reserve < reserve) return shortage{name, false};
    return std::nullopt;
}
std::optional<shortage> judge_used(std::string_view name, std::uint64_t used, std::uint64_t limit) {
    if (used > limit) return shortage{name, true};
    if (used > limit - limit / 10) return shortage{name, false};
    return std::nullopt;
}

struct watch::state {
    state(store& s, settings c) : memory(s), current(std::move(c)) {}

    void look() {
        auto c = current();
        std::vector<shortage> found;
        auto note = [&](std::optional<shortage> s) {
            if (s) found.push_back(*s);
        };
        note(judge_left("disk", machine::free_disk(c->data), c->limits.disk_reserve_bytes));
        auto most = machine::most_descriptors();
        note(judge_used("descriptors", machine::open_descriptors(),
                        most - std::min(most, kept(most))));
        note(judge_used("memory", used_memory(*c), memory_limit(*c)));
        note(judge_used("queue", counted + 1, c->queue_limit));
        note(store_trouble(*c));
        tell(found);
        std::lock_guard lock(guard);
        last = std::move(found);
    }

    /// Descriptors for files, peers and the admin's own connection: a tenth, 32 at least.
    static std::uint64_t kept(std::uint64_t most) { return std::max<std::uint64_t>(most / 10, 32); }
    static std::uint64_t memory_limit(config const& c) {
        return c.limits.memory_bytes != 0 ? c.limits.memory_bytes
                                          : machine::memory_bytes() / 10 * 8;
    }
    static std::uint64_t used_memory(config const& c) {
        auto used = machine::resident_bytes();
        if (!judge_used("memory", used, memory_limit(c))) return used;
        machine::release_memory();
        return machine::resident_bytes();
    }

    /// What the store answers, however long it takes. Counting takes time in a long queue, and a
    /// limit on a backlog of days needs no exact number.
    void ask() {
        asked_at = clock::now();
        try {
            auto now = memory.counts();
            std::uint64_t all = 0;
            for (auto const& [name, n] : now) all += static_cast<std::uint64_t>(n);
            counted = all;
            {
                std::lock_guard lock(guard);
                queue = std::move(now);
            }
            if (memory.health().failing) memory.probe();
            unreadable = false;
        } catch (std::exception const& trouble) {
            // A probe that fails is told by the write that failed before it.
            bool failing = memory.health().failing;
            if (!failing && !unreadable) log::trouble(log::event::store_trouble, trouble.what());
            unreadable = true;
        }
        asked_at = clock::time_point{};
    }

    std::optional<shortage> store_trouble(config const& c) const {
        auto health = memory.health();
        if (unreadable || health.failing) return shortage{"store", true};
        auto waiting = std::max(health.waiting, under_way());
        auto limit = std::chrono::milliseconds{c.limits.slow_disk}.count();
        return judge_used("slow", static_cast<std::uint64_t>(waiting.count()),
                          static_cast<std::uint64_t>(limit));
    }
    /// How long the question of the moment has waited for its answer.
    std::chrono::milliseconds under_way() const {
        auto since = asked_at.load();
        if (since == clock::time_point{}) return {};
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - since);
    }

    /// Once when it changes, not at every look.
    void tell(std::vector<shortage> const& found) {
        auto closing = closes(found);
        if (closing == told) return;
        if (closing.empty())
            log::say(log::event::intake_opened);
        else
            log::say(log::event::intake_closed, {{"shortage", log::id(closing)}});
        told = closing;
    }
    static std::string_view closes(std::vector<shortage> const& all) {
        auto at =
            std::find_if(all.begin(), all.end(), [](auto const& s) { return s.closes_intake; });
        return at == all.end() ? std::string_view{} : at->name;
    }

    /// Pauses, and then again, until the watch stops.
    void repeat(std::function<void()> const& work,
                std::function<std::chrono::milliseconds()> const& pause) {
        std::unique_lock lock(pace);
        while (!stopping) {
            lock.unlock();
            work();
            lock.lock();
            wake.wait_for(lock, pause(), [&] { return stopping; });
        }
    }
    std::chrono::milliseconds pause_of_asker() const {
        bool trouble = unreadable || memory.health().failing;
        return std::chrono::milliseconds{!trouble && counted > 10'000 ? 5000 : 250};
    }

    store& memory;
    settings current;
    mutable std::mutex guard;
    std::vector<shortage> last;
    std::map<std::string, std::int64_t> queue;
    std::string_view told;
    std::atomic<std::uint64_t> counted{0};
    std::atomic<bool> unreadable{false};
    std::atomic<clock::time_point> asked_at{};  ///< since when an answer is awaited
    std::mutex pace;
    std::condition_variable wake;
    bool stopping{false};
    std::thread looker, asker;
};

watch::watch(store& s, settings c) : state_(std::make_unique<state>(s, std::move(c))) {}
watch::~watch() { stop(); }
void watch::start() {
    auto s = state_.get();
    s->ask();
    s->look();
    s->looker = std::thread(
        [s] { s->repeat([s] { s->look(); }, [] { return std::chrono::milliseconds{250}; }); });
    s->asker =
        std::thread([s] { s->repeat([s] { s->ask(); }, [s] { return s->pause_of_asker(); }); });
}
void watch::stop() {
    {
        std::lock_guard lock(state_->pace);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    for (auto t : {&state_->looker, &state_->asker})
        if (t->joinable()) t->join();
}
std::vector<shortage> watch::shortages() const {
    std::lock_guard lock(state_->guard);
    return state_->last;
}
std::map<std::string, std::int64_t> watch::queue() const {
    std::lock_guard lock(state_->guard);
    return state_->queue;
}
std::string_view watch::closed() const {
    std::lock_guard lock(state_->guard);
    return state::closes(state_->last);
}
}  // namespace gateway
