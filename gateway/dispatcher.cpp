#include "gateway/dispatcher.hpp"

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

#include "certs/digest.hpp"
#include "gateway/clock.hpp"
#include "gateway/clock_guard.hpp"
#include "gateway/deliver/outcome.hpp"
#include "gateway/log/event.hpp"

namespace gateway {
std::chrono::milliseconds backoff(retry_settings const& r, int attempts, double random) {
    auto cap = std::chrono::duration_cast<std::chrono::milliseconds>(r.max).count();
    auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(r.first).count();
    for (int i = 1; i < attempts && wait < cap; ++i) wait *= 2;
    wait = std::min(wait, cap);
    return std::chrono::milliseconds{
        static_cast<std::int64_t>(static_cast<double>(wait) * (0.5 + random / 2))};
}

namespace {
/// How long one notice may take to be sent before another gateway tries.
constexpr std::int64_t notice_lease_ms = 120'000;

std::int64_t lease_of(config const& c) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(c.retry.lease).count();
}

/// Opens after `threshold` troubles in a row, lets one probe through after a pause that doubles up
/// to a minute.
struct breaker {
    static constexpr int threshold = 5;
    int troubles{0};
    std::chrono::milliseconds pause{1000};
    std::chrono::steady_clock::time_point until{};
    bool probing{false};

    bool closed() const { return troubles < threshold; }
    /// How many attempts may start now.
    std::size_t allowance(std::size_t normal) const {
        if (closed()) return normal;
        return !probing && std::chrono::steady_clock::now() >= until ? 1 : 0;
    }
};

/// One peer system: the DMP, or the MSSanté operator.
struct lane {
    char const* name;
    std::vector<std::string> kinds;  ///< that it serves
    breaker fuse;
    std::size_t busy{0}, width{4};
    std::deque<lease> waiting;
    std::vector<std::thread> workers;
    dispatcher::counters counted;
};
}  // namespace

struct dispatcher::state {
    state(store& s, settings c) : memory(s), current(std::move(c)), holder(certs::uuid()) {
        lanes[0].name = "dmp";
        lanes[0].kinds = {"dmp"};
        lanes[1].name = "mssante";
        lanes[1].kinds = {"mssante", "patient"};
    }
    store& memory;
    settings current;
    std::string holder;  ///< of the taker thread
    std::array<lane, 2> lanes;
    std::mutex guard;
    std::condition_variable changed, work_ready;
    bool stopping{false}, nudged{false};
    std::thread taker, noticer;
    clock_guard clock;

    void take_loop();
    void work_loop(lane&);
    void notice_loop();
    /// @return false when none was due.
    bool one_notice();
    void attempt(lane&, lease&);
    void settle(lane&, lease const&, outcome const&, config const&);
    /// The peer may have the document: what became of the attempt is kept until the store takes it,
    /// or until the process ends, and then the lease returns by itself.
    void insist(std::function<void()> const& write);
    void keep_time();
    static void tell(lane&, std::string const& delivery, settlement const&);
    void fuse(lane&, outcome const&);
    double random() {
        static thread_local std::mt19937_64 engine{std::random_device{}()};
        return std::uniform_real_distribution<double>(0, 1)(engine);
    }
};

void dispatcher::state::fuse(lane& l, outcome const& out) {
    std::lock_guard lock(guard);
    l.fuse.probing = false;
    if (out.peer_in_trouble) {
        bool was_closed = l.fuse.closed();
        ++l.fuse.troubles;
        if (l.fuse.closed()) return;
        l.fuse.until = std::chrono::steady_clock::now() + l.fuse.pause;
        l.fuse.pause = std::min(l.fuse.pause * 2, std::chrono::milliseconds{60'000});
        if (was_closed) log::say(log::event::breaker_opened, {{"peer", log::id(l.name)}});
    } else {
        if (!l.fuse.closed()) log::say(log::event::breaker_closed, {{"peer", log::id(l.name)}});
        l.fuse = breaker{};
    }
}

void dispatcher::state::attempt(lane& l, lease& held) {
    auto c = current();
    outcome out;
    bool reached = false;  // what went wrong here says nothing of the peer
    try {
        auto about = memory.load(held.submission);
        if (!about) throw std::runtime_error("the submission of a delivery is missing");
        if (about->damaged)
            throw record_damaged("submission " + held.submission + " is not what was stored");
        auto documents = memory.documents(held.submission);
        work w{held, *about, documents, memory, lease_of(*c)};
        out =
            held.kind == destination_kind::dmp ? deliver_to_dmp(*c, w) : deliver_by_mssante(*c, w);
        reached = true;
    } catch (store_unavailable const&) {
        throw;
    } catch (record_damaged const& e) {
        // Trying again does not help; that the emitter hears of it and brings it again does.
        ++l.counted.damaged;
        log::trouble(log::event::content_corrupt, e.what());
        out = {outcome::kind::failed,
               "damaged",
               std::string(damaged_mark) + e.what() + "; hand the document over again",
               {},
               false,
               {}};
    } catch (std::exception const& e) {
        // A bug: this delivery waits for an operator, the others go on.
        log::trouble(log::event::session_bug, e.what());
        out = {outcome::kind::deferred, "internal error", "", {}, false, {}};
    }
    if (reached) fuse(l, out);
    insist([&] { settle(l, held, out, *c); });
}

void dispatcher::state::settle(lane& l, lease const& held, outcome const& out, config const& c) {
    settlement s;
    s.at = memory.time();
    s.peer = out.peer;
    s.receipts = out.receipts;
    s.fixed = held.fixed;
    switch (out.what) {
        case outcome::kind::delivered: s.to = delivery_state::delivered; break;
        case outcome::kind::failed:
            s.to = delivery_state::failed;
            s.reason = out.reason;
            break;
        case outcome::kind::deferred: {
            s.to = delivery_state::deferred;
            auto wait = backoff(c.retry, held.attempts + 1, random());
            wait = std::max(wait, std::chrono::duration_cast<std::chrono::milliseconds>(
                                      std::min(out.not_before, c.retry.max)));
            s.next_attempt_at = s.at + wait.count();
            break;
        }
    }
    // false: another holder took over after our lease ran out; its account stands.
    if (memory.settle(held, s)) tell(l, held.delivery, s);
}

void dispatcher::state::insist(std::function<void()> const& write) {
    for (bool told = false;; told = true) {
        try {
            return write();
        } catch (store_unavailable const& e) {
            if (!told) log::trouble(log::event::store_trouble, e.what());
        }
        std::unique_lock lock(guard);
        if (changed.wait_for(lock, std::chrono::milliseconds{500}, [&] { return stopping; }))
            return;
    }
}

void dispatcher::state::tell(lane& l, std::string const& delivery, settlement const& s) {
    switch (s.to) {
        case delivery_state::delivered:
            ++l.counted.delivered;
            log::say(log::event::delivery_delivered, {{"delivery", log::id(delivery)}});
            break;
        case delivery_state::failed:
            ++l.counted.failed;
            log::say(log::event::delivery_failed, {{"delivery", log::id(delivery)}});
            break;
        default:
            ++l.counted.deferred;
            log::say(log::event::delivery_deferred,
                     {{"delivery", log::id(delivery)}, {"wait_ms", s.next_attempt_at - s.at}});
            break;
    }
}

void dispatcher::state::work_loop(lane& l) {
    for (;;) {
        std::unique_lock lock(guard);
        work_ready.wait(lock, [&] { return stopping || !l.waiting.empty(); });
        if (stopping) return;
        auto held = std::move(l.waiting.front());
        l.waiting.pop_front();
        lock.unlock();
        try {
            attempt(l, held);
        } catch (std::exception const& e) {
            log::trouble(log::event::store_trouble, e.what());
            insist([&] { (void)memory.release(held); });
        }
        lock.lock();
        l.fuse.probing = false;  // also when the store's trouble ended the probe
        --l.busy;
        nudged = true;
        changed.notify_all();
    }
}

void dispatcher::state::keep_time() {
    if (auto seconds = clock.step(now()); seconds != 0)
        log::say(log::event::clock_stepped, {{"seconds", seconds}});
    if (!clock.turn()) return;
    try {
        auto at = memory.time();
        auto c = current();
        auto longest = std::max(std::chrono::milliseconds{c->retry.max},
                                std::chrono::milliseconds{c->retry.lease});
        memory.rebase(at, at + longest.count());
        if (clock.settling()) return;
        for (auto const& e : memory.expire(at, 100, clock.long_running())) {
            ++lanes[e.kind == destination_kind::dmp ? 0 : 1].counted.failed;
            log::say(log::event::delivery_failed, {{"delivery", log::id(e.delivery)}});
        }
    } catch (store_unavailable const& e) {
        log::trouble(log::event::store_trouble, e.what());
    }
}

void dispatcher::state::take_loop() {
    std::unique_lock lock(guard);
    while (!stopping) {
        nudged = false;
        lock.unlock();
        keep_time();
        lock.lock();
        bool took = false;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            auto& l = lanes[i];
            auto room = l.busy >= l.width ? 0 : l.fuse.allowance(l.width - l.busy);
            if (room == 0) continue;
            if (!l.fuse.closed()) l.fuse.probing = true;
            std::vector<std::string> blocked;
            for (std::size_t j = 0; j < lanes.size(); ++j)
                if (j != i)
                    blocked.insert(blocked.end(), lanes[j].kinds.begin(), lanes[j].kinds.end());
            lock.unlock();
            std::vector<lease> got;
            try {
                got = memory.take(holder, memory.time(), lease_of(*current()), room, blocked);
            } catch (std::exception const& e) {
                log::trouble(log::event::store_trouble, e.what());
                // Leases may stand that nobody here knows of, if the answer alone was lost: to a
                // new name they are another's, and return when they end.
                holder = certs::uuid();
            }
            lock.lock();
            if (got.empty()) l.fuse.probing = false;
            for (auto& one : got) {
                l.waiting.push_back(std::move(one));
                ++l.busy;
                took = true;
            }
        }
        if (took) {
            work_ready.notify_all();
            continue;
        }
        changed.wait_for(lock, std::chrono::milliseconds{200}, [&] { return stopping || nudged; });
    }
}

bool dispatcher::state::one_notice() {
    // One at a time: a slow operator may take most of the turn for a single one.
    auto due = memory.take_notices(memory.time(), notice_lease_ms, 1);
    if (due.empty()) return false;
    auto const& n = due.front();
    auto s = memory.load(n.submission);
    auto d = memory.delivery(n.delivery);
    if (!s || !d) throw std::runtime_error("the submission of a notice is missing");
    auto c = current();
    auto out = send_notice(*c, *s, *d);
    bool last = out.what != outcome::kind::deferred;
    auto wait = backoff(c->retry, n.attempts + 1, random());
    insist([&] {
        auto at = memory.time();
        memory.notice_done(n.delivery, last, out.peer, at, last ? 0 : at + wait.count());
    });
    log::say(
        out.what == outcome::kind::delivered ? log::event::notice_sent : log::event::notice_failed,
        {{"delivery", log::id(n.delivery)}});
    return true;
}

void dispatcher::state::notice_loop() {
    std::unique_lock lock(guard);
    while (!stopping) {
        lock.unlock();
        bool more = false;
        try {
            more = one_notice();
        } catch (std::exception const& e) {
            log::trouble(log::event::store_trouble, e.what());
        }
        lock.lock();
        if (!more) changed.wait_for(lock, std::chrono::milliseconds{500}, [&] { return stopping; });
    }
}

dispatcher::dispatcher(store& s, settings c) : state_(std::make_shared<state>(s, std::move(c))) {}
dispatcher::~dispatcher() { drain(); }

void dispatcher::start() {
    auto c = state_->current();
    state_->lanes[0].width = std::max<std::size_t>(1, c->dmp.concurrency);
    state_->lanes[1].width = std::max<std::size_t>(1, c->mssante.concurrency);
    for (auto& l : state_->lanes)
        for (std::size_t i = 0; i < l.width; ++i)
            l.workers.emplace_back([s = state_, &l] { s->work_loop(l); });
    state_->taker = std::thread([s = state_] { s->take_loop(); });
    state_->noticer = std::thread([s = state_] { s->notice_loop(); });
}

void dispatcher::wake() {
    std::lock_guard lock(state_->guard);
    state_->nudged = true;
    state_->changed.notify_all();
}

void dispatcher::drain() {
    {
        std::lock_guard lock(state_->guard);
        if (state_->stopping) return;
        state_->stopping = true;
    }
    state_->changed.notify_all();
    state_->work_ready.notify_all();
    if (state_->taker.joinable()) state_->taker.join();
    if (state_->noticer.joinable()) state_->noticer.join();
    for (auto& l : state_->lanes)
        for (auto& w : l.workers)
            if (w.joinable()) w.join();
}

std::vector<std::string> dispatcher::open_breakers() const {
    std::lock_guard lock(state_->guard);
    std::vector<std::string> out;
    for (auto const& l : state_->lanes)
        if (!l.fuse.closed()) out.emplace_back(l.name);
    return out;
}

dispatcher::counters const& dispatcher::of(destination_kind kind) const {
    return state_->lanes[kind == destination_kind::dmp ? 0 : 1].counted;
}
}  // namespace gateway
