#include "shared_store.hpp"

#include <algorithm>

namespace simulation {
using gateway::instant;
using gateway::lease;
using gateway::store_unavailable;

void connection::before(char const* call) {
    if (!shared_.down && !cut && !shared_.luck.happens(shared_.fails_before)) return;
    sees().say(whose_->node, call, ": no answer");
    throw store_unavailable(call);
}
void connection::after(char const* call) {
    sees().looked_at_store();
    if (!shared_.luck.happens(shared_.fails_after)) return;
    sees().say(whose_->node, call, ": done, and no answer");
    throw store_unavailable(call);
}

gateway::commit_result connection::commit(gateway::submission const& s,
                                          std::vector<gateway::event> const& events) {
    before("commit");
    auto out = memory().commit(s, events);
    if (out.what == gateway::commit_result::kind::stored) {
        // One life time for all deliveries of a submission.
        auto lifetime = s.deliveries.front().expires_at - shared_.clock();
        sees().committed(s, lifetime);
        for (auto const& d : s.deliveries)
            sees().say(whose_->node, "commit ", d.id, " key ", d.order_key);
    }
    after("commit");
    return out;
}

instant connection::time() {
    before("time");
    return shared_.clock();
}

std::vector<lease> connection::take(std::string const& holder, instant at, std::int64_t lease_ms,
                                    std::size_t most, std::vector<std::string> const& blocked,
                                    std::vector<std::string> const& at_work) {
    before("take");
    bool looks = shared_.wrong != flaw::own_lease_comes_back;
    std::vector<std::string> keys;
    if (shared_.wrong == flaw::order_forgotten)
        for (auto& d : memory().deliveries) {
            keys.push_back(d.told.order_key);
            d.told.order_key = d.told.id;
        }
    auto out = memory().take(holder, at, lease_ms, most, blocked,
                             looks ? at_work : std::vector<std::string>{});
    for (std::size_t i = 0; i < keys.size(); ++i) memory().deliveries[i].told.order_key = keys[i];
    for (auto const& l : out) {
        sees().say(whose_->node, "take ", l.delivery, " fence ", l.fence, " until ", l.until - at);
        sees().given(l, *whose_);
    }
    after("take");
    return out;
}

bool connection::renew(lease& l, instant at, std::int64_t lease_ms) {
    before("renew");
    auto held = memory().renew(l, at, lease_ms);
    sees().say(whose_->node, "renew ", l.delivery, held ? "" : ": lost");
    after("renew");
    return held;
}
bool connection::pin(lease const& l, std::map<std::string, std::string> const& fixed) {
    before("pin");
    auto held = memory().pin(l, fixed);
    sees().say(whose_->node, "pin ", l.delivery, held ? "" : ": lost");
    after("pin");
    return held;
}

bool connection::settle(lease const& held, gateway::settlement const& s) {
    before("settle");
    auto l = held;
    if (shared_.wrong == flaw::stale_lease_settles)
        for (auto const& d : memory().deliveries)
            if (d.told.id == l.delivery) l.fence = d.fence;
    auto done = memory().settle(l, s);
    sees().say(whose_->node, "settle ", l.delivery, " fence ", held.fence, " ",
               gateway::name_of(s.to), " ", s.peer, done ? "" : ": lost");
    sees().settled(held, done);
    after("settle");
    return done;
}
bool connection::release(lease const& l) {
    before("release");
    auto held = memory().release(l);
    sees().say(whose_->node, "release ", l.delivery, held ? "" : ": lost");
    sees().released(l);
    after("release");
    return held;
}

std::vector<gateway::expired> connection::expire(instant at, std::size_t most, bool untried) {
    before("expire");
    std::vector<gateway::expired> out;
    for (auto const& id : memory().expire(at, most, untried)) {
        auto d = std::find_if(memory().deliveries.begin(), memory().deliveries.end(),
                              [&](auto const& x) { return x.told.id == id; });
        out.push_back({id, d->told.kind});
        sees().say(whose_->node, "expire ", id);
        sees().expired(id, *whose_);
    }
    after("expire");
    return out;
}
std::vector<std::string> connection::purge(instant ended, instant, std::size_t) {
    before("purge");
    auto gone = memory().purge(ended);
    after("purge");
    return {gone.begin(), gone.end()};
}
void connection::rebase(instant at, instant farthest) {
    before("rebase");
    if (shared_.wrong != flaw::clock_never_rebased) memory().rebase(at, farthest);
    after("rebase");
}

std::optional<gateway::submission> connection::load(std::string const& id) {
    before("load");
    for (auto const& s : memory().submissions)
        if (s.id == id) return s;
    return std::nullopt;
}
std::vector<gateway::stored_document> connection::documents(std::string const& id) {
    before("documents");
    for (auto const& s : memory().submissions)
        if (s.id == id) return s.documents;
    return {};
}
std::optional<gateway::delivery_view> connection::delivery(std::string const& id) {
    before("delivery");
    for (auto const& d : memory().deliveries) {
        if (d.told.id != id) continue;
        gateway::delivery_view v;
        v.id = id;
        v.submission = d.submission;
        v.state = d.state;
        v.reason = d.reason;
        return v;
    }
    return std::nullopt;
}

bool connection::retry(std::string const& id, std::string const& actor, instant at) {
    before("retry");
    auto done = memory().retry(id, at);
    sees().say(whose_->node, "retry ", id, " by ", actor, done ? "" : ": not possible");
    if (done) sees().retried(id);
    after("retry");
    return done;
}
bool connection::cancel(std::string const& id, std::string const& actor, std::string const& why,
                        instant at) {
    before("cancel");
    auto done = memory().cancel(id, why, at);
    sees().say(whose_->node, "cancel ", id, " by ", actor, done ? "" : ": not possible");
    after("cancel");
    return done;
}

std::vector<connection::notice> connection::take_notices(instant at, std::int64_t lease_ms,
                                                         std::size_t most) {
    before("take_notices");
    if (shared_.wrong == flaw::notices_not_leased) lease_ms = 0;
    std::vector<notice> out;
    for (auto const& n : memory().take_notices(at, lease_ms, most)) {
        auto d = std::find_if(memory().deliveries.begin(), memory().deliveries.end(),
                              [&](auto const& x) { return x.told.id == n.delivery; });
        out.push_back({n.delivery, d->submission, n.attempts});
        sees().say(whose_->node, "notice of ", n.delivery);
        sees().notice_given(n.delivery);
    }
    after("take_notices");
    return out;
}
void connection::notice_done(std::string const& id, bool sent, std::string const&, instant,
                             instant next) {
    before("notice_done");
    memory().notice_done(id, sent, next);
    sees().notice_told(id);
    sees().say(whose_->node, "notice of ", id, sent ? " done" : " again");
    after("notice_done");
}

std::map<std::string, std::int64_t> connection::counts() { return memory().counts(); }
instant connection::next_due(instant at) { return memory().next_due(at); }
std::optional<gateway::submission_view> connection::view(std::string const&) { not_played("view"); }
std::vector<gateway::delivery_view> connection::list(std::optional<gateway::delivery_state>,
                                                     std::size_t) {
    not_played("list");
}
void connection::record(gateway::event const&, instant) { not_played("record"); }
void connection::read_ledger(std::function<void(gateway::ledger_event const&)> const&) {
    not_played("read_ledger");
}
gateway::ledger_report connection::verify_ledger() { not_played("verify_ledger"); }
}  // namespace simulation
