#include "gateway/dispatcher.hpp"

#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "certs/digest.hpp"
#include "gateway/clock.hpp"
#include "gateway/log/event.hpp"
#include "gateway/queue/retry.hpp"
#include "gateway/queue/scheduler.hpp"
#include "gateway/queue/timekeeper.hpp"

namespace gateway {
namespace {
using queue::breaker;
using queue::job;
using queue::scheduler;
using queue::steady;

std::int64_t lease_of(config const& c) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(c.retry.lease).count();
}
double random_0_to_1() {
    static thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}
std::array<std::size_t, scheduler::lanes> widths(config const& c) {
    return {c.dmp.concurrency, c.mssante.concurrency};
}
}  // namespace

struct dispatcher::state {
    state(store& s, settings c) : memory(s), current(std::move(c)) {}
    store& memory;
    settings current;
    std::mutex guard;  ///< of the three below
    std::optional<scheduler> decide;
    bool stopping{false}, nudged{false};
    std::condition_variable changed, work_ready;
    queue::timekeeper clock;  ///< of the taker
    std::array<counters, scheduler::lanes> counted;
    std::thread taker, noticer;
    std::vector<std::thread> workers;

    void take_loop();
    bool take_for(std::size_t lane, std::unique_lock<std::mutex>&);
    void keep_time();
    void work_loop(std::size_t lane);
    void work(std::size_t lane, job&);
    outcome attempt(std::size_t lane, job&, config const&);
    void heard(std::size_t lane, outcome const&);
    void settle(std::size_t lane, job&, config const&);
    void notice_loop();
    /// @return false when none was due.
    bool one_notice();
    /// @return true: the process ends.
    bool wait(std::chrono::milliseconds);
    void tell(std::size_t lane, std::string const& delivery, settlement const&);
};

bool dispatcher::state::wait(std::chrono::milliseconds most) {
    std::unique_lock lock(guard);
    return changed.wait_for(lock, most, [&] { return stopping; });
}

void dispatcher::state::take_loop() {
    std::unique_lock lock(guard);
    while (!stopping) {
        nudged = false;
        lock.unlock();
        keep_time();
        lock.lock();
        bool took = false;
        for (std::size_t lane = 0; lane < scheduler::lanes; ++lane)
            took = take_for(lane, lock) || took;
        if (took)
            work_ready.notify_all();
        else
            changed.wait_for(lock, queue::look_every, [&] { return stopping || nudged; });
    }
}

bool dispatcher::state::take_for(std::size_t lane, std::unique_lock<std::mutex>& lock) {
    auto wish = decide->ask(lane, steady::now());
    if (!wish) return false;
    lock.unlock();
    std::optional<std::vector<lease>> got;
    try {
        got = memory.take(wish->holder, memory.time(), lease_of(*current()), wish->most,
                          wish->blocked, wish->at_work);
    } catch (std::exception const& e) {
        log::trouble(log::event::store_trouble, e.what());
    }
    lock.lock();
    if (got) return decide->taken(*wish, std::move(*got)) > 0;
    decide->take_failed(*wish);
    return false;
}

void dispatcher::state::keep_time() {
    if (auto seconds = clock.look(now(), steady::now()); seconds != 0)
        log::say(log::event::clock_stepped, {{"seconds", seconds}});
    if (!clock.turn(steady::now())) return;
    try {
        auto asked = steady::now();
        auto shown = memory.time();
        auto due = clock.plan(current()->retry, shown, asked, steady::now());
        if (due.set_by != 0) log::say(log::event::clock_stepped, {{"seconds", due.set_by}});
        memory.rebase(due.at, due.farthest);
        if (!due.expire) return;
        for (auto const& e : memory.expire(due.at, due.most, due.untried)) {
            ++counted[scheduler::lane_of(e.kind)].failed;
            log::say(log::event::delivery_failed, {{"delivery", log::id(e.delivery)}});
        }
    } catch (std::exception const& e) {
        log::trouble(log::event::store_trouble, e.what());
    }
}

void dispatcher::state::work_loop(std::size_t lane) {
    for (;;) {
        std::unique_lock lock(guard);
        std::optional<job> next;
        work_ready.wait(lock, [&] { return stopping || (next = decide->start(lane)); });
        if (stopping) return;
        lock.unlock();
        work(lane, *next);
        lock.lock();
        decide->done(lane, next->held().delivery);
        nudged = true;
        changed.notify_all();
    }
}

void dispatcher::state::work(std::size_t lane, job& j) {
    auto c = current();
    auto told = job::step::over;
    while (j.next() != job::step::over) {
        auto step = j.next();
        try {
            switch (step) {
                case job::step::attempt: j.ended(attempt(lane, j, *c)); break;
                case job::step::settle: settle(lane, j, *c); break;
                case job::step::release:
                    (void)memory.release(j.held());
                    j.written();
                    break;
                case job::step::over: break;
            }
        } catch (store_unavailable const& e) {
            if (told != step) log::trouble(log::event::store_trouble, e.what());
            told = step;
            j.store_failed();
            if (step == j.next() && wait(job::insist_every)) j.abandon();
        } catch (std::exception const& e) {
            log::trouble(log::event::store_trouble, e.what());
            j.broke();
        }
    }
}

outcome dispatcher::state::attempt(std::size_t lane, job& j, config const& c) {
    auto& held = j.held();
    try {
        auto about = memory.load(held.submission);
        if (!about) throw std::runtime_error("the submission of a delivery is missing");
        if (about->damaged)
            throw record_damaged("submission " + held.submission + " is not what was stored");
        auto documents = memory.documents(held.submission);
        gateway::work w{held, *about, documents, memory, lease_of(c)};
        auto out =
            held.kind == destination_kind::dmp ? deliver_to_dmp(c, w) : deliver_by_mssante(c, w);
        // What goes wrong before this line says nothing of the peer.
        heard(lane, out);
        return out;
    } catch (store_unavailable const&) {
        throw;
    } catch (record_damaged const& e) {
        // Trying again does not help; that the emitter hears of it and brings it again does.
        ++counted.at(lane).damaged;
        log::trouble(log::event::content_corrupt, e.what());
        return {outcome::kind::failed,
                "damaged",
                std::string(damaged_mark) + e.what() + "; hand the document over again",
                {},
                false,
                {}};
    } catch (std::exception const& e) {
        // A bug: this delivery waits for an operator, the others go on.
        log::trouble(log::event::session_bug, e.what());
        return {outcome::kind::deferred, "internal error", "", {}, false, {}};
    }
}

void dispatcher::state::heard(std::size_t lane, outcome const& out) {
    std::unique_lock lock(guard);
    auto change = decide->ended(lane, out, steady::now());
    lock.unlock();
    auto peer = log::id(scheduler::name_of_lane(lane));
    if (change == breaker::change::opened) log::say(log::event::breaker_opened, {{"peer", peer}});
    if (change == breaker::change::closed) log::say(log::event::breaker_closed, {{"peer", peer}});
}

void dispatcher::state::settle(std::size_t lane, job& j, config const& c) {
    auto s = queue::settlement_of(j.held(), j.result(), c.retry, memory.time(), random_0_to_1());
    // false: another holder took over after our lease ran out; its account stands.
    if (memory.settle(j.held(), s)) tell(lane, j.held().delivery, s);
    j.written();
}

void dispatcher::state::tell(std::size_t lane, std::string const& delivery, settlement const& s) {
    auto& n = counted.at(lane);
    switch (s.to) {
        case delivery_state::delivered:
            ++n.delivered;
            log::say(log::event::delivery_delivered, {{"delivery", log::id(delivery)}});
            break;
        case delivery_state::failed:
            ++n.failed;
            log::say(log::event::delivery_failed, {{"delivery", log::id(delivery)}});
            break;
        default:
            ++n.deferred;
            log::say(log::event::delivery_deferred,
                     {{"delivery", log::id(delivery)}, {"wait_ms", s.next_attempt_at - s.at}});
            break;
    }
}

bool dispatcher::state::one_notice() {
    // One at a time: a slow operator may take most of the turn for a single one.
    auto due = memory.take_notices(memory.time(), queue::notice_lease.count(), 1);
    if (due.empty()) return false;
    auto const& n = due.front();
    auto s = memory.load(n.submission);
    auto d = memory.delivery(n.delivery);
    if (!s || !d) throw std::runtime_error("the submission of a notice is missing");
    auto c = current();
    auto out = send_notice(*c, *s, *d);
    for (bool told = false;; told = true) {
        try {
            auto at = memory.time();
            auto end = queue::notice_end_of(n, out, c->retry, at, random_0_to_1());
            memory.notice_done(n.delivery, end.last, out.peer, at, end.next_attempt);
            break;
        } catch (store_unavailable const& e) {
            if (!told) log::trouble(log::event::store_trouble, e.what());
        }
        if (wait(job::insist_every)) break;
    }
    log::say(
        out.what == outcome::kind::delivered ? log::event::notice_sent : log::event::notice_failed,
        {{"delivery", log::id(n.delivery)}});
    return true;
}

void dispatcher::state::notice_loop() {
    for (;;) {
        bool more = false;
        try {
            more = one_notice();
        } catch (std::exception const& e) {
            log::trouble(log::event::store_trouble, e.what());
        }
        if (wait(more ? std::chrono::milliseconds{0} : queue::notices_every)) return;
    }
}

dispatcher::dispatcher(store& s, settings c) : state_(std::make_shared<state>(s, std::move(c))) {}
dispatcher::~dispatcher() { drain(); }

void dispatcher::start() {
    auto c = state_->current();
    {
        std::lock_guard lock(state_->guard);
        state_->decide.emplace(certs::uuid(), widths(*c));
    }
    for (std::size_t lane = 0; lane < scheduler::lanes; ++lane)
        for (auto i = state_->decide->width(lane); i > 0; --i)
            state_->workers.emplace_back([s = state_, lane] { s->work_loop(lane); });
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
    for (auto& w : state_->workers)
        if (w.joinable()) w.join();
}

std::vector<std::string> dispatcher::open_breakers() const {
    std::lock_guard lock(state_->guard);
    std::vector<std::string> out;
    if (!state_->decide) return out;
    for (std::size_t lane = 0; lane < scheduler::lanes; ++lane)
        if (state_->decide->open(lane)) out.emplace_back(scheduler::name_of_lane(lane));
    return out;
}

dispatcher::counters const& dispatcher::of(destination_kind kind) const {
    return state_->counted[scheduler::lane_of(kind)];
}
}  // namespace gateway
