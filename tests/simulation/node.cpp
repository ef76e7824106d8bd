#include "node.hpp"

#include "gateway/queue/retry.hpp"

namespace simulation {
using gateway::outcome;
using gateway::store_unavailable;
using gateway::queue::job;
using gateway::queue::scheduler;

namespace {
constexpr ms idle_look = 1000;  ///< when nothing is due: five times look_every, for speed

std::int64_t lease_ms() { return std::chrono::milliseconds{node::settings().retry.lease}.count(); }
}  // namespace

gateway::config const& node::settings() {
    static auto const chosen = [] {
        gateway::config c;
        c.retry.first = std::chrono::seconds{1};
        c.retry.max = std::chrono::seconds{8};
        c.retry.lease = std::chrono::seconds{20};
        c.dmp.lookup_wait = std::chrono::seconds{6};
        return c;
    }();
    return chosen;
}

node::node(surroundings& s, life_ptr whose, ms const& wall_offset)
    : around_(s),
      life_(std::move(whose)),
      wall_offset_(wall_offset),
      memory_(s.store, life_),
      decide_("holder-" + std::to_string(s.luck.below(1U << 30)),
              {settings().dmp.concurrency, settings().mssante.concurrency}) {}

gateway::queue::steady::time_point node::steady() const {
    return gateway::queue::steady::time_point{} + std::chrono::hours{1} +
           std::chrono::milliseconds{around_.in.now()};
}
gateway::instant node::wall() const { return witness::epoch + around_.in.now() + wall_offset_; }

sleep node::store_way() {
    auto slow = around_.luck.happens(around_.weather.store_slow);
    return pause(slow ? around_.luck.between(1000, 30'000) : around_.luck.between(0, 8));
}

void node::run(flow<void> f) {
    for (auto i = running_.begin(); i != running_.end();) {
        if (i->done()) {
            i->check();
            i = running_.erase(i);
        } else {
            ++i;
        }
    }
    running_.push_back(std::move(f));
    running_.back().start();
}

void node::start() {
    run(take_loop());
    run(notice_loop());
}
void node::wake() {
    nudged_ = true;
    changed_.ring();
}
void node::drain() {
    stopping_ = true;
    changed_.ring();
}
bool node::idle() {
    for (auto const& f : running_)
        if (!f.done()) return false;
    return true;
}

flow<void> node::take_loop() {
    while (!stopping_) {
        nudged_ = false;
        co_await keep_time();
        bool took = false;
        for (std::size_t lane = 0; lane < scheduler::lanes; ++lane) {
            bool more = co_await take_for(lane);
            took = more || took;
        }
        if (took) {
            for (std::size_t lane = 0; lane < scheduler::lanes && !stopping_; ++lane)
                while (auto next = decide_.start(lane)) run(work(lane, std::move(*next)));
        } else if (!nudged_ && !stopping_) {
            (void)co_await changed_.wait(around_.in, life_, idle_look);
        }
    }
}

flow<bool> node::take_for(std::size_t lane) {
    auto wish = decide_.ask(lane, steady());
    around_.sees.lane_turn(*life_, lane, wish ? wish->most : 0, decide_.busy(lane));
    if (!wish) co_return false;
    co_await store_way();
    std::optional<std::vector<gateway::lease>> got;
    try {
        got = memory_.take(wish->holder, memory_.time(), lease_ms(), wish->most, wish->blocked,
                           wish->at_work);
    } catch (store_unavailable const&) {
        around_.sees.say(life_->node, "knows of no lease");
    }
    co_await store_way();
    if (got) co_return decide_.taken(*wish, std::move(*got)) > 0;
    decide_.take_failed(*wish);
    co_return false;
}

flow<void> node::keep_time() {
    bool sees_steps = around_.wrong != flaw::steps_unnoticed;
    (void)clock_.look(wall(), steady());
    if (!clock_.turn(steady())) co_return;
    co_await store_way();
    try {
        auto asked = steady();
        auto shown = memory_.time();
        around_.sees.clock_looked_at(*life_);
        auto due = clock_.plan(settings().retry, shown, asked, steady());
        if (!sees_steps) due.expire = true;
        memory_.rebase(due.at, due.farthest);
        if (due.expire) (void)memory_.expire(due.at, due.most, due.untried);
    } catch (store_unavailable const&) {
        co_return;
    }
}

flow<void> node::work(std::size_t lane, job j) {
    around_.sees.job_begins(j.held(), *life_, lane);
    while (j.next() != job::step::over) {
        auto step = j.next();
        try {
            switch (step) {
                case job::step::attempt: {
                    auto out = co_await attempt(j);
                    (void)decide_.ended(lane, out, steady());
                    around_.sees.outcome_known(j.held(), *life_, lane, out.peer_in_trouble);
                    j.ended(std::move(out));
                    break;
                }
                case job::step::settle: co_await settle(j); break;
                case job::step::release: co_await release(j); break;
                case job::step::over: break;
            }
            continue;
        } catch (store_unavailable const&) {
            j.store_failed();
        }
        if (around_.wrong == flaw::outcome_dropped) j.abandon();
        if (step == j.next()) co_await pause(std::chrono::milliseconds{job::insist_every}.count());
        if (stopping_ && step == j.next()) j.abandon();
    }
    around_.sees.job_ends(j.held(), *life_,
                          stopping_ ? witness::ending::stopped : witness::ending::complete);
    decide_.done(lane, j.held().delivery);
    nudged_ = true;
    changed_.ring();
}

flow<outcome> node::attempt(job& j) {
    co_await store_way();
    auto& held = j.held();
    auto s = memory_.load(held.submission);
    auto documents = memory_.documents(held.submission);
    co_await store_way();
    gateway::work w{held, *s, documents, memory_, lease_ms()};
    if (held.kind == gateway::destination_kind::dmp) co_return co_await deliver_to_dmp(w);
    co_return co_await deliver_by_mail(w);
}

flow<void> node::settle(job& j) {
    co_await store_way();
    auto s = gateway::queue::settlement_of(j.held(), j.result(), settings().retry, memory_.time(),
                                           around_.luck.fraction());
    if (s.to == gateway::delivery_state::deferred)
        around_.sees.deferred(j.held(), s.next_attempt_at - s.at,
                              std::chrono::milliseconds{settings().retry.first}.count() / 2,
                              std::chrono::milliseconds{settings().retry.max}.count());
    (void)memory_.settle(j.held(), s);
    co_await store_way();
    j.written();
}
flow<void> node::release(job& j) {
    co_await store_way();
    (void)memory_.release(j.held());
    co_await store_way();
    j.written();
}

flow<void> node::notice_loop() {
    while (!stopping_) {
        bool more = false;
        try {
            more = co_await one_notice();
        } catch (store_unavailable const&) {
            around_.sees.say(life_->node, "knows of no notice");
        }
        if (!more) co_await pause(2 * idle_look);
    }
}

flow<bool> node::one_notice() {
    co_await store_way();
    auto due = memory_.take_notices(memory_.time(), gateway::queue::notice_lease.count(), 1);
    co_await store_way();
    if (due.empty()) co_return false;
    auto const& n = due.front();
    (void)memory_.delivery(n.delivery);
    gateway::lease told;
    told.delivery = n.delivery;
    auto message = about(letter::kind::notice, told, "<dsn-" + n.delivery + ">");
    auto said = co_await exchange(around_.mail, message);
    outcome out;
    if (said == answer::taken) out.what = outcome::kind::delivered;
    if (said == answer::never) out.what = outcome::kind::failed;
    for (bool written = false; !written;) {
        co_await store_way();
        try {
            auto at = memory_.time();
            auto end = gateway::queue::notice_end_of(n, out, settings().retry, at,
                                                     around_.luck.fraction());
            memory_.notice_done(n.delivery, end.last, "", at, end.next_attempt);
            written = true;
            continue;
        } catch (store_unavailable const&) {
            written = stopping_;
        }
        co_await pause(std::chrono::milliseconds{job::insist_every}.count());
    }
    co_return true;
}
}  // namespace simulation
