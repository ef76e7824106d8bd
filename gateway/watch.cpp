#include "gateway/watch.hpp"

#include <algorithm>
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
        note(judge_used("queue", waiting() + 1, c->queue_limit));
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

    /// Counting takes time in a long queue, and a limit on a backlog of days needs no exact number.
    std::uint64_t waiting() {
        auto pause = std::chrono::milliseconds{counted > 10'000 ? 5000 : 500};
        if (clock::now() - counted_at < pause) return counted;
        try {
            auto by_state = memory.counts();
            counted = 0;
            for (auto const& [name, n] : by_state) counted += static_cast<std::uint64_t>(n);
            unreadable = false;
            std::lock_guard lock(guard);
            queue = std::move(by_state);
        } catch (store_unavailable const& trouble) {
            if (!unreadable) log::trouble(log::event::store_trouble, trouble.what());
            unreadable = true;
        }
        counted_at = clock::now();
        return counted;
    }

    std::optional<shortage> store_trouble(config const& c) {
        if (unreadable) return shortage{"store", true};
        auto health = memory.health();
        if (health.failing) {
            try {
                memory.probe();
            } catch (store_unavailable const&) {
                return shortage{"store", true};  // told by whom it hit
            }
        }
        auto limit = std::chrono::milliseconds{c.limits.slow_disk}.count();
        return judge_used("slow", static_cast<std::uint64_t>(health.waiting.count()),
                          static_cast<std::uint64_t>(limit));
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

    void loop() {
        std::unique_lock lock(pace);
        while (!stopping) {
            lock.unlock();
            look();
            lock.lock();
            wake.wait_for(lock, std::chrono::milliseconds{250}, [&] { return stopping; });
        }
    }

    store& memory;
    settings current;
    mutable std::mutex guard;
    std::vector<shortage> last;
    std::map<std::string, std::int64_t> queue;
    std::string_view told;
    std::uint64_t counted{0};
    bool unreadable{false};
    clock::time_point counted_at{};
    std::mutex pace;
    std::condition_variable wake;
    bool stopping{false};
    std::thread thread;
};

watch::watch(store& s, settings c) : state_(std::make_unique<state>(s, std::move(c))) {}
watch::~watch() { stop(); }
void watch::start() {
    state_->look();
    state_->thread = std::thread([s = state_.get()] { s->loop(); });
}
void watch::stop() {
    {
        std::lock_guard lock(state_->pace);
        state_->stopping = true;
    }
    state_->wake.notify_all();
    if (state_->thread.joinable()) state_->thread.join();
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
