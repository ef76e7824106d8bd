#include "model.hpp"

#include <algorithm>

using gateway::delivery_state;

namespace {
bool final(delivery_state s) {
    return s == delivery_state::delivered || s == delivery_state::failed ||
           s == delivery_state::cancelled;
}
std::string name(delivery_state s) { return std::string(gateway::name_of(s)); }
}  // namespace

model::delivery* model::find(std::string const& id) {
    for (auto& d : deliveries)
        if (d.told.id == id) return &d;
    return nullptr;
}
model::delivery* model::held(gateway::lease const& l) {
    auto d = find(l.delivery);
    return d->state == delivery_state::leased && d->fence == l.fence ? d : nullptr;
}
void model::end(delivery& d, std::string const& actor, gateway::instant at) {
    d.ended = at;
    for (auto const& s : submissions)
        if (s.id == d.submission)
            for (std::size_t i = 0; i < s.documents.size(); ++i)
                ledger.push_back("delivery." + name(d.state) + " " + actor);
}

gateway::commit_result model::commit(gateway::submission const& s,
                                     std::vector<gateway::event> const& events) {
    using kind = gateway::commit_result::kind;
    for (auto const& earlier : submissions)
        if (earlier.emitter == s.emitter && earlier.idempotency_key == s.idempotency_key)
            return {earlier.request_digest == s.request_digest ? kind::repeated : kind::conflict,
                    earlier.id};
    submissions.push_back(s);
    for (auto const& told : s.deliveries) {
        delivery d;
        d.told = told;
        d.submission = s.id;
        d.fixed = told.fixed;
        d.next_at = s.received_at;
        deliveries.push_back(d);
    }
    for (auto const& e : events) record(e);
    return {kind::stored, s.id};
}

std::vector<gateway::lease> model::take(std::string const& holder, gateway::instant at,
                                        std::int64_t lease_ms, std::size_t most,
                                        std::vector<std::string> const& blocked,
                                        std::vector<std::string> const& at_work) {
    std::vector<delivery*> may;
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        auto& d = deliveries[i];
        bool free = !final(d.state) && d.next_at <= at && d.lease_until <= at;
        for (auto const& kind : blocked) free = free && kind != gateway::name_of(d.told.kind);
        for (auto const& id : at_work) free = free && id != d.told.id;
        for (std::size_t k = 0; free && k < deliveries.size(); ++k) {
            auto const& other = deliveries[k];
            if (k == i || other.told.order_key != d.told.order_key || final(other.state)) continue;
            bool before = k < i;
            bool under_way = other.state == delivery_state::leased && other.lease_until > at;
            free = free && !before && !under_way;
        }
        if (free) may.push_back(&d);
    }
    std::stable_sort(may.begin(), may.end(),
                     [](auto const* a, auto const* b) { return a->next_at < b->next_at; });
    if (may.size() > most) may.resize(most);
    std::vector<gateway::lease> out;
    for (auto* d : may) {
        d->state = delivery_state::leased;
        d->lease_until = at + lease_ms;
        d->holder = holder;
        ++d->fence;
        gateway::lease l;
        l.delivery = d->told.id;
        l.submission = d->submission;
        l.holder = holder;
        l.fence = d->fence;
        l.until = d->lease_until;
        l.kind = d->told.kind;
        l.address = d->told.address;
        l.fixed = d->fixed;
        l.attempts = static_cast<int>(d->attempts.size());
        l.expires_at = d->told.expires_at;
        out.push_back(l);
    }
    return out;
}

bool model::renew(gateway::lease& l, gateway::instant at, std::int64_t lease_ms) {
    auto d = held(l);
    if (d == nullptr || d->lease_until <= at) return false;
    l.until = d->lease_until = at + lease_ms;
    return true;
}
bool model::pin(gateway::lease const& l, std::map<std::string, std::string> const& fixed) {
    auto d = held(l);
    if (d == nullptr) return false;
    d->fixed = fixed;
    return true;
}

bool model::settle(gateway::lease const& l, gateway::settlement const& s) {
    auto d = held(l);
    if (d == nullptr) return false;
    d->state = s.to;
    d->next_at = s.next_attempt_at;
    d->reason = s.reason;
    d->lease_until = 0;
    d->holder.clear();
    if (!s.fixed.empty()) d->fixed = s.fixed;
    d->attempts.push_back({s.at, name(s.to), s.peer});
    d->receipts += s.receipts.size();
    end(*d, "gateway", s.at);
    for (auto const& e : s.events) record(e);
    if (s.to == delivery_state::failed) owe(*d, s.at);
    return true;
}
void model::owe(delivery const& d, gateway::instant at) {
    auto from = std::find_if(submissions.begin(), submissions.end(),
                             [&](auto const& x) { return x.id == d.submission; });
    bool known = std::any_of(notices.begin(), notices.end(),
                             [&](auto const& n) { return n.delivery == d.told.id; });
    if (from->channel == "smtp" && !from->return_path.empty() && !known)
        notices.push_back({d.told.id, at, 0, false});
}

bool model::release(gateway::lease const& l) {
    auto d = held(l);
    if (d == nullptr) return false;
    d->state = delivery_state::queued;
    d->lease_until = 0;
    d->holder.clear();
    return true;
}
std::vector<std::string> model::expire(gateway::instant at, std::size_t most, bool untried) {
    std::vector<delivery*> over;
    for (auto& d : deliveries) {
        bool waits = d.state == delivery_state::queued || d.state == delivery_state::deferred;
        bool late = d.told.expires_at > 0 && d.told.expires_at <= at;
        if (waits && late && (untried || !d.attempts.empty())) over.push_back(&d);
    }
    std::stable_sort(over.begin(), over.end(), [](auto const* a, auto const* b) {
        return a->told.expires_at < b->told.expires_at;
    });
    if (over.size() > most) over.resize(most);
    std::vector<std::string> out;
    for (auto* d : over) {
        d->state = delivery_state::failed;
        d->reason = "expired: the destination did not take it within the configured time";
        end(*d, "gateway", at);
        owe(*d, at);
        out.push_back(d->told.id);
    }
    return out;
}
void model::rebase(gateway::instant at, gateway::instant farthest) {
    for (auto& d : deliveries) {
        if (!final(d.state) && d.next_at > farthest) d.next_at = at;
        if (d.state == delivery_state::leased) d.lease_until = std::min(d.lease_until, farthest);
    }
    for (auto& n : notices)
        if (!n.done) n.next_at = std::min(n.next_at, farthest);
}

bool model::retry(std::string const& id, gateway::instant at) {
    auto d = find(id);
    if (d->state != delivery_state::deferred && d->state != delivery_state::failed) return false;
    if (purged.contains(d->submission)) return false;
    d->state = delivery_state::queued;
    d->next_at = at;
    d->reason.clear();
    if (d->told.expires_at > 0) d->told.expires_at = std::max(d->told.expires_at, at + 86'400'000);
    ledger.push_back("admin.retry anne");
    return true;
}
bool model::cancel(std::string const& id, std::string const& why, gateway::instant at) {
    auto d = find(id);
    if (d->state != delivery_state::queued && d->state != delivery_state::deferred) return false;
    d->state = delivery_state::cancelled;
    d->reason = why;
    end(*d, "anne", at);
    return true;
}
std::set<std::string> model::purge(gateway::instant ended) {
    std::set<std::string> out;
    for (auto const& s : submissions) {
        bool over = !purged.contains(s.id);
        for (auto const& d : deliveries)
            if (d.submission == s.id) over = over && final(d.state) && d.ended <= ended;
        if (over) out.insert(s.id);
    }
    purged.insert(out.begin(), out.end());
    for (std::size_t i = 0; i < out.size(); ++i) ledger.push_back("content.purged gateway");
    return out;
}
void model::record(gateway::event const& e) { ledger.push_back(e.type + " " + e.actor); }

std::vector<model::owed> model::take_notices(gateway::instant at, std::int64_t lease_ms,
                                             std::size_t most) {
    std::vector<owed*> due;
    for (auto& n : notices)
        if (!n.done && n.next_at <= at) due.push_back(&n);
    std::sort(due.begin(), due.end(), [](auto const* a, auto const* b) {
        return std::tie(a->next_at, a->delivery) < std::tie(b->next_at, b->delivery);
    });
    if (due.size() > most) due.resize(most);
    std::vector<owed> out;
    for (auto* n : due) {
        n->next_at = at + lease_ms;
        out.push_back(*n);
    }
    return out;
}
void model::notice_done(std::string const& id, bool sent, gateway::instant next) {
    for (auto& n : notices) {
        if (n.delivery != id || n.done) continue;
        n.done = sent;
        n.next_at = next;
        ++n.attempts;
        ++find(id)->receipts;
        ledger.push_back("notice.attempted gateway");
    }
}

void model::give_leases_back() {
    for (auto& d : deliveries) {
        if (d.state != delivery_state::leased) continue;
        d.state = delivery_state::queued;
        d.lease_until = 0;
        d.holder.clear();
    }
}

std::map<std::string, std::int64_t> model::counts() const {
    std::map<std::string, std::int64_t> out{{"queued", 0}, {"deferred", 0}, {"leased", 0}};
    for (auto const& d : deliveries)
        if (!final(d.state)) ++out[name(d.state)];
    return out;
}
gateway::instant model::next_due(gateway::instant at) const {
    gateway::instant first = 0;
    for (auto const& d : deliveries) {
        if (final(d.state)) continue;
        auto due = std::max(d.next_at, d.lease_until);
        if (first == 0 || due < first) first = due;
    }
    return first == 0 ? 0 : std::max(first, at);
}
std::string model::state_of(std::string const& submission) const {
    bool failed = false, over = true;
    for (auto const& d : deliveries) {
        if (d.submission != submission) continue;
        failed = failed || d.state == delivery_state::failed;
        over = over && final(d.state);
    }
    return failed ? "failed" : over ? "done" : "accepted";
}
