/// What deliver/dmp.cpp and deliver/mssante.cpp do with the lease and the peer, in the same order;
/// documents, assertions and mails are left out.
#include "node.hpp"

namespace simulation {
using gateway::outcome;

namespace {
constexpr ms exchange_deadline = 7000;  ///< less than half a lease

outcome end(outcome::kind what, char const* words) {
    outcome out;
    out.what = what;
    out.peer = words;
    if (what == outcome::kind::failed) out.reason = words;
    return out;
}
/// As deposit_attempt::from and post in mssante.cpp.
outcome from(answer a, std::chrono::seconds lookup_wait) {
    using enum outcome::kind;
    switch (a) {
        case answer::taken: return end(delivered, "taken");
        case answer::never:
        case answer::duplicate: return end(failed, "refused");
        case answer::later:
        case answer::absent:
        case answer::none: break;
    }
    auto out = end(deferred, a == answer::none ? "no answer" : "later");
    out.peer_in_trouble = true;
    if (a == answer::none) out.not_before = lookup_wait;
    return out;
}
}  // namespace

letter node::about(letter::kind what, gateway::lease const& held, std::string id) const {
    letter l;
    l.what = what;
    l.held = held;
    l.id = std::move(id);
    l.from = life_;
    return l;
}

bool node::holds(gateway::work const& w) {
    return around_.wrong == flaw::lease_not_checked || gateway::holds(w);
}

flow<answer> node::exchange(peer& to, letter l) {
    if (!to.up && around_.luck.one_in(2)) {
        co_await pause(around_.luck.between(1, 50));  // nobody listens there
        co_return answer::none;
    }
    l.left = around_.in.now();
    auto waits = std::make_shared<peer::waiting>();
    to.send(l, waits, around_.world);
    bool came = co_await waits->back.wait(around_.in, life_, exchange_deadline);
    co_return came ? waits->said : answer::none;
}

flow<outcome> node::deliver_to_dmp(gateway::work w) {
    auto wait = settings().dmp.lookup_wait;
    auto const& document = w.documents.front();
    auto look = about(letter::kind::look_up, w.held, document.unique_id);
    bool looked = false;
    if (w.held.fixed.contains("sent") && around_.wrong != flaw::no_look_before_resend) {
        auto seen = co_await exchange(around_.dmp, look);
        if (seen != answer::absent) co_return from(seen, wait);
        looked = true;
    }
    if (!document.bytes.empty()) {
        auto original = about(letter::kind::look_up, w.held, document.bytes);
        auto seen = co_await exchange(around_.dmp, original);
        if (seen == answer::absent)
            co_return end(outcome::kind::failed, "nothing there to replace");
        if (seen != answer::taken) co_return from(seen, wait);
    }
    w.held.fixed["sent"] = "1";
    if (!w.memory.pin(w.held, w.held.fixed)) co_return gateway::lease_lost();
    co_await store_way();
    auto checked = around_.in.now();
    if (!holds(w)) co_return gateway::lease_lost();
    co_await pause(around_.luck.between(0, 5));
    auto message = about(letter::kind::post, w.held, document.unique_id);
    message.lot = w.held.fixed.at("lotId");
    message.looked_up = looked;
    around_.sees.leaves(message, checked);
    auto said = co_await exchange(around_.dmp, message);
    if (said == answer::duplicate) {
        auto seen = co_await exchange(around_.dmp, look);
        if (seen != answer::absent) co_return from(seen, wait);
    }
    co_return from(said, wait);
}

flow<outcome> node::deliver_by_mail(gateway::work w) {
    co_await pause(around_.luck.between(0, 50));  // composes
    auto checked = around_.in.now();
    if (!holds(w)) co_return gateway::lease_lost();
    co_await pause(around_.luck.between(0, 5));
    auto message = about(letter::kind::mail, w.held, w.held.fixed.at("messageId"));
    around_.sees.leaves(message, checked);
    auto said = co_await exchange(around_.mail, message);
    co_return from(said, {});
}
}  // namespace simulation
