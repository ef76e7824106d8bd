#include "witness.hpp"

#include <algorithm>
#include <iomanip>

#include "gateway/clock_guard.hpp"
#include "gateway/queue/breaker.hpp"
#include "gateway/queue/scheduler.hpp"
#include "gateway/queue/timekeeper.hpp"

namespace simulation {
using gateway::delivery_state;

namespace {
/// A lane looks at the queue at least so often, and a breaker's pause ends in between.
constexpr ms slack = 5000;

bool noticed(ms step) {
    auto least = std::chrono::milliseconds{gateway::clock_guard::tolerance}.count();
    return step >= least || step <= -least;
}
bool final(delivery_state s) {
    return s == delivery_state::delivered || s == delivery_state::failed ||
           s == delivery_state::cancelled;
}
}  // namespace

void witness::blame(std::string what) {
    if (!broken_.empty()) return;
    say(0, "BROKEN: ", what);
    broken_ = "at " + std::to_string(loop_.now()) + " ms: " + what;
}

void witness::line_start(int node) {
    lines_ << std::setw(9) << loop_.now() << "  ";
    if (node == 0)
        lines_ << "world   ";
    else
        lines_ << "node " << node << "  ";
}

witness::story& witness::of(std::string const& delivery) { return stories_.at(delivery); }

model::delivery const& witness::stands(std::string const& delivery) const {
    return model_.deliveries.at(stories_.at(delivery).place);
}

bool witness::valid(gateway::lease const& l) const {
    auto const& d = stands(l.delivery);
    return d.state == delivery_state::leased && d.fence == l.fence && d.lease_until > store_time();
}

bool witness::disturbed_since(letter const& l, ms since) const {
    auto steps_after = [&](ms when) {
        return std::count_if(steps_.begin(), steps_.end(), [=](ms step) { return step >= when; });
    };
    // Set back and forth again within one lease: its holder cannot know that it was cut short.
    bool cut_short = steps_after(stories_.at(l.held.delivery).given) >= 2;
    return l.from->over || l.from->disturbed >= since || steps_after(since) > 0 || cut_short;
}

void witness::committed(gateway::submission const& s, ms lifetime) {
    for (auto const& d : s.deliveries) {
        auto& keys = keys_[d.order_key];
        story one;
        one.order_key = d.order_key;
        one.place = stories_.size();
        one.due = loop_.now() + lifetime;
        stories_[d.id] = one;
        keys.push_back(d.id);
        ++counts.deliveries;
    }
}

void witness::given(gateway::lease const& l, life const&) {
    auto& s = of(l.delivery);
    if (l.fence <= s.fence) blame("the fence of " + l.delivery + " did not grow");
    s.fence = l.fence;
    s.given = loop_.now();
    for (auto const& other : keys_.at(s.order_key)) {
        if (other == l.delivery) continue;
        auto const& d = stands(other);
        if (d.state == delivery_state::leased && d.lease_until > store_time())
            blame(l.delivery + " was given out while " + other + " of its set is leased");
    }
}

void witness::settled(gateway::lease const& l, bool took_effect) {
    auto& s = of(l.delivery);
    accounted_.emplace(l.delivery, l.fence);
    if (!took_effect) ++counts.lost_leases;
    if (took_effect && l.fence != s.fence)
        blame("an account of " + l.delivery + " was taken under a lease that was lost");
}

void witness::outcome_known(gateway::lease const& l, life const& by, std::size_t lane,
                            bool trouble) {
    known_.emplace(l.delivery, l.fence);
    auto& its = lanes_[{by.node, lane}];
    its.troubles = trouble ? its.troubles + 1 : 0;
    its.allowed = its.last_heard = loop_.now();
}
void witness::deferred(gateway::lease const& l, ms wait, ms least, ms most) {
    if (wait < least || wait > most)
        blame(l.delivery + " is to wait for " + std::to_string(wait) + " ms");
}
void witness::released(gateway::lease const& l) {
    accounted_.emplace(l.delivery, l.fence);
    if (known_.contains({l.delivery, l.fence}))
        blame(l.delivery + " is given back as if nothing had become of it");
}

void witness::expired(std::string const& delivery, life const& by) {
    auto& s = of(delivery);
    ++counts.expired;
    if (s.due <= loop_.now() + unnoticed_ + slack) return;
    auto patience = std::chrono::milliseconds{gateway::clock_guard::patience}.count();
    if (by.saw_step && loop_.now() - *by.saw_step < patience)
        blame(delivery + " expired because a clock was set");
    if (steps_.empty()) blame(delivery + " expired before its time");
}

void witness::retried(std::string const& delivery) {
    auto& s = of(delivery);
    s.retried = true;
    s.due = std::max(s.due, loop_.now() + 86'400'000);
    if (s.last == delivery_state::failed) s.last = delivery_state::queued;
}

void witness::looked_at_store() {
    for (auto& [id, s] : stories_) {
        auto now = stands(id).state;
        if (now == s.last) continue;
        if (final(s.last))
            blame(id + " was " + std::string(gateway::name_of(s.last)) + " and became " +
                  std::string(gateway::name_of(now)));
        s.last = now;
        s.failed_once = s.failed_once || now == delivery_state::failed;
    }
    if (model_.ledger.size() < ledger_) blame("the ledger became shorter");
    ledger_ = model_.ledger.size();
}

void witness::clock_set(ms by) {
    if (noticed(by))
        steps_.push_back(loop_.now());
    else
        unnoticed_ += std::max(by, ms{0});
    say(0, "the store's clock is set by ", by, " ms");
}
void witness::clock_looked_at(life& by) const {
    if (by.store_wrong_by && noticed(offset_ - *by.store_wrong_by)) by.saw_step = loop_.now();
    by.store_wrong_by = offset_;
}

void witness::job_begins(gateway::lease const& l, life const& by, std::size_t lane) {
    if (gateway::queue::scheduler::lane_of(l.kind) != lane)
        blame(l.delivery + " is worked on in the lane of the other peer");
    for (auto const& w : under_way_)
        if (w.delivery == l.delivery && w.node == by.node && w.began == by.began)
            blame("node " + std::to_string(by.node) + " works twice at once on " + l.delivery);
    under_way_.push_back({l.delivery, by.node, by.began, l});
    ++counts.attempts;
}

void witness::job_ends(gateway::lease const& l, life const& by, ending how) {
    if (how == ending::complete && !accounted_.contains({l.delivery, l.fence}))
        blame("what became of " + l.delivery + " is forgotten");
    std::erase_if(under_way_, [&](work const& w) {
        return w.delivery == l.delivery && w.node == by.node && w.began == by.began;
    });
}

void witness::lane_turn(life const& by, std::size_t lane, std::size_t asked, std::size_t busy) {
    using gateway::queue::breaker;
    auto& its = lanes_[{by.node, lane}];
    auto name = "the breaker of node " + std::to_string(by.node) + " for " +
                gateway::queue::scheduler::name_of_lane(lane);
    if (asked > 0 && its.troubles >= breaker::threshold &&
        (asked > 1 || loop_.now() - its.last_heard < breaker::shortest.count()))
        blame(name + " lets through what it should hold");
    if (asked > 0 || busy > 0)
        its.allowed = loop_.now();
    else if (loop_.now() - its.allowed > breaker::longest.count() + slack)
        blame(name + " keeps closed for too long");
}

void witness::reborn(life const& one) {
    std::erase_if(under_way_, [&](work const& w) { return w.node == one.node; });
    for (std::size_t lane = 0; lane < gateway::queue::scheduler::lanes; ++lane)
        lanes_[{one.node, lane}] = {0, loop_.now(), 0};
}

void witness::leaves(letter const& l, ms checked) {
    auto const& key = of(l.held.delivery).order_key;
    if (!valid(l.held)) {
        if (!disturbed_since(l, checked))
            blame(l.held.delivery + " is sent under a lease that is lost");
        return;
    }
    for (auto const& w : under_way_)
        if (w.delivery != l.held.delivery && of(w.delivery).order_key == key && valid(w.held))
            blame(l.held.delivery + " is sent while " + w.delivery + " of its set is under way");
}

void witness::arrives(letter const& l, bool known_already) {
    auto& s = of(l.held.delivery);
    if (l.what == letter::kind::post) {
        if (s.lot.empty()) s.lot = l.lot;
        if (s.lot != l.lot) blame(l.held.delivery + " is deposited under another lot");
        if (known_already && !l.looked_up && valid(l.held))
            blame(l.held.delivery + " is deposited again without a look into the registry");
    } else {
        if (s.message_id.empty()) s.message_id = l.id;
        if (s.message_id != l.id) blame(l.held.delivery + " is mailed under another Message-ID");
    }
    if (known_already) ++counts.resent;
}

void witness::accepted(letter const& l) {
    auto& s = of(l.held.delivery);
    bool stale = !valid(l.held);
    if (stale && !disturbed_since(l, l.left))
        blame("the exchange for " + l.held.delivery + " outlived its lease");
    auto first = s.accepted < 0;
    if (first) s.accepted = loop_.now();
    ++(l.what == letter::kind::post ? counts.entries : counts.mails);
    if (stale || !first) return;
    bool earlier = true;
    for (auto const& other : keys_.at(s.order_key)) {
        if (other == l.held.delivery) {
            earlier = false;
            continue;
        }
        auto const& o = of(other);
        if (o.retried || s.retried) continue;
        if (earlier && !final(stands(other).state))
            blame(l.held.delivery + " overtakes " + other + " of its set");
        if (!earlier && o.accepted >= 0)
            blame(l.held.delivery + " comes after " + other + ", which replaces it");
    }
}

void witness::notice_given(std::string const& delivery) {
    ++counts.notices;
    auto& s = of(delivery);
    if (!s.failed_once) blame("the emitter is told of a failure of " + delivery);
    auto lease = std::chrono::milliseconds{gateway::queue::notice_lease}.count();
    bool set = !steps_.empty() && s.telling && steps_.back() >= *s.telling;
    if (s.telling && !set && loop_.now() - *s.telling < lease - unnoticed_)
        blame("two tell the emitter of " + delivery);
    s.telling = loop_.now();
}
void witness::notice_told(std::string const& delivery) { of(delivery).telling.reset(); }

bool witness::waits() const {
    for (auto const& d : model_.deliveries)
        if (!final(d.state)) return true;
    return std::any_of(model_.notices.begin(), model_.notices.end(),
                       [](auto const& n) { return !n.done; });
}

void witness::closing() {
    std::map<std::string, std::int64_t> ends;
    for (auto const& d : model_.deliveries) {
        if (!final(d.state)) {
            blame(d.told.id + " is stuck: " + std::string(gateway::name_of(d.state)));
            continue;
        }
        ++ends[std::string(gateway::name_of(d.state))];
        auto const& s = of(d.told.id);
        if (d.state == delivery_state::delivered && s.accepted < 0)
            blame(d.told.id + " is delivered and no peer has it");
        if (d.state == delivery_state::failed && d.reason.empty())
            blame(d.told.id + " failed and nobody can say why");
        auto owed = std::count_if(model_.notices.begin(), model_.notices.end(),
                                  [&](auto const& n) { return n.delivery == d.told.id; });
        auto from = std::find_if(model_.submissions.begin(), model_.submissions.end(),
                                 [&](auto const& x) { return x.id == d.submission; });
        bool by_mail = from->channel == "smtp" && !from->return_path.empty();
        if (owed != (s.failed_once && by_mail ? 1 : 0))
            blame(std::to_string(owed) + " notices are owed for " + d.told.id);
    }
    for (auto const& n : model_.notices)
        if (!n.done) blame("the emitter was never told of " + n.delivery);
    for (auto const* what : {"delivered", "cancelled"}) {
        auto told =
            std::count_if(model_.ledger.begin(), model_.ledger.end(), [&](std::string const& line) {
                return line.starts_with(std::string("delivery.") + what + " ");
            });
        if (told != ends[what])
            blame("the ledger counts " + std::to_string(told) + " " + what + ", the queue " +
                  std::to_string(ends[what]));
    }
}
}  // namespace simulation
