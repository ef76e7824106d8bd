#include "world.hpp"

#include <algorithm>

namespace simulation {
namespace {
/// When troubles are over: a notice's lease, a breaker's pause, a lease and the attempts of a set.
constexpr ms until_all_is_over = 400'000;
constexpr char const* addresses[] = {"", "dr.a@cabinet.example", "dr.b@cabinet.example"};
}  // namespace

world::world(std::uint64_t seed, flaw wrong)
    : luck_(seed),
      weather_(draw_climate(luck_)),
      in_(luck_),
      store_(in_, luck_, wrong),
      sees_(in_, store_.memory, store_.offset),
      dmp_(in_, luck_, weather_, sees_),
      mail_(in_, luck_, weather_, sees_),
      around_{in_, luck_, weather_, wrong, sees_, store_, dmp_, mail_, self_},
      machines_(static_cast<std::size_t>(weather_.nodes)) {
    store_.sees = &sees_;
    store_.fails_before = weather_.store_before;
    store_.fails_after = weather_.store_after;
}

std::string world::run() {
    std::ostringstream told;
    told << weather_;
    sees_.say(0, told.str());
    for (std::size_t i = 0; i < machines_.size(); ++i) begin_life(i);
    for (int set = 0; set < weather_.sets; ++set) {
        running_.push_back(emit(set));
        running_.back().start();
    }
    troubles();
    in_.after(weather_.storm, self_, [this] { calm(); });
    auto last = weather_.storm + until_all_is_over;
    while (sees_.broken().empty() && in_.now() < last && in_.step())
        if (calm_ && !sees_.waits() &&
            std::all_of(running_.begin(), running_.end(), [](auto const& f) { return f.done(); }))
            break;
    for (auto const& f : running_)
        if (f.done()) f.check();
    if (sees_.broken().empty()) sees_.closing();
    return sees_.broken();
}

// Lives

void world::begin_life(std::size_t i) {
    auto& m = machines_[i];
    m.alive = std::make_shared<life>();
    m.alive->node = static_cast<int>(i) + 1;
    m.alive->began = in_.now();
    sees_.say(m.alive->node, "starts");
    sees_.reborn(*m.alive);
    // A file belongs to one process: nobody else can hold its leases.
    if (alone()) store_.memory.give_leases_back();
    m.gateway = std::make_unique<node>(around_, m.alive, m.wall_offset);
    m.gateway->start();
}

void world::end_life(std::size_t i) {
    auto& m = machines_[i];
    if (!m.gateway) return;
    m.alive->over = true;
    m.gateway.reset();
}

void world::crash() {
    auto i = some_machine();
    if (!machines_[i].gateway) return;
    sees_.say(machines_[i].alive->node, "crashes");
    end_life(i);
    in_.after(luck_.between(100, 30'000), self_, [this, i] {
        if (!machines_[i].gateway) begin_life(i);
    });
}

void world::stop() {
    auto i = some_machine();
    if (!machines_[i].gateway || machines_[i].alive->frozen_until > in_.now()) return;
    running_.push_back(stop_then_start(i));
    running_.back().start();
}

flow<void> world::stop_then_start(std::size_t i) {
    auto whose = machines_[i].alive;
    sees_.say(whose->node, "stops");
    machines_[i].gateway->drain();
    for (int patience = 20; patience > 0 && !whose->over; --patience) {
        if (machines_[i].gateway->idle()) break;
        co_await pause(1000);
    }
    if (whose->over) co_return;
    sees_.say(whose->node, "is gone");
    end_life(i);
    co_await pause(luck_.between(100, 5000));
    if (!machines_[i].gateway) begin_life(i);
}

void world::freeze() {
    auto& m = machines_[some_machine()];
    if (!m.gateway) return;
    auto span = luck_.one_in(2) ? luck_.between(100, 10'000) : luck_.between(15'000, 60'000);
    sees_.say(m.alive->node, "stands still for ", span);
    m.alive->frozen_until = std::max(m.alive->frozen_until, in_.now() + span);
    m.alive->disturbed = m.alive->frozen_until;
}

// Troubles

void world::in_storm(int times, void (world::*what)()) {
    for (int n = 0; n < times; ++n)
        in_.after(luck_.between(0, weather_.storm - 1), self_, [this, what] { (this->*what)(); });
}

void world::troubles() {
    in_storm(weather_.outages, &world::outage);
    in_storm(weather_.cuts, &world::cut);
    in_storm(weather_.crashes, &world::crash);
    in_storm(weather_.stops, &world::stop);
    in_storm(weather_.freezes, &world::freeze);
    in_storm(weather_.peer_downs, &world::peer_down);
    in_storm(weather_.store_steps, &world::store_step);
    in_storm(weather_.wall_steps, &world::wall_step);
    in_storm(weather_.cancels, &world::cancel);
    in_storm(weather_.retries, &world::retry);
}

void world::outage() {
    auto span = luck_.between(500, 60'000);
    sees_.say(0, "the store is down for ", span);
    store_.down = true;
    in_.after(span, self_, [this] { store_.down = false; });
}

void world::cut() {
    auto i = some_machine();
    if (!machines_[i].gateway) return;
    auto whose = machines_[i].alive;
    auto span = luck_.between(500, 60'000);
    sees_.say(whose->node, "does not reach the store for ", span);
    machines_[i].gateway->memory().cut = true;
    in_.after(span, self_, [this, i, whose] {
        if (!whose->over) machines_[i].gateway->memory().cut = false;
    });
}

void world::peer_down() {
    auto& which = luck_.one_in(2) ? dmp_ : mail_;
    auto span = luck_.between(500, weather_.storm / 2);
    sees_.say(0, &which == &dmp_ ? "the DMP" : "the operator", " is down for ", span);
    which.up = false;
    in_.after(span, self_, [&which] { which.up = true; });
}

void world::store_step() {
    constexpr ms by[] = {3'000, 40'000, 600'000, 7'200'000, 259'200'000};
    auto step = by[luck_.below(std::size(by))] * (luck_.one_in(2) ? 1 : -1);
    store_.offset += step;
    if (alone()) machines_[0].wall_offset += step;  // one machine, one clock
    sees_.clock_set(step);
}

void world::wall_step() {
    if (alone()) return;
    auto& m = machines_[some_machine()];
    m.wall_offset += luck_.between(-7'200'000, 7'200'000);
}

void world::calm() {
    sees_.say(0, "calm");
    calm_ = true;
    dmp_.up = mail_.up = true;
    store_.down = false;
    store_.fails_before = store_.fails_after = 0;
    auto keep = weather_;
    weather_ = climate{};
    weather_.nodes = keep.nodes;
    weather_.storm = keep.storm;
    for (auto& m : machines_)
        if (m.gateway) {
            m.gateway->memory().cut = false;
            m.alive->frozen_until = std::min(m.alive->frozen_until, in_.now());
        }
}

// Emitters and the admin

gateway::submission world::write(int set, int version) {
    auto name = "set" + std::to_string(set) + "v" + std::to_string(version);
    gateway::submission s;
    s.id = name + "-" + std::to_string(luck_.below(1U << 30));
    s.emitter = "dpi";
    s.channel = luck_.one_in(3) ? "https" : "smtp";
    s.return_path = "dpi@hospital.example";
    s.idempotency_key = s.request_digest = name;
    gateway::stored_document d;
    d.unique_id = name;
    d.set_id = "set" + std::to_string(set);
    if (version > 1) d.bytes = "set" + std::to_string(set) + "v1";  // what it replaces
    s.documents.push_back(d);
    return s;
}

flow<bool> world::hand_over(gateway::submission const& first, ms lifetime) {
    for (;;) {
        co_await pause(luck_.between(1, 20));
        auto i = some_machine();
        auto whose = machines_[i].alive;
        bool may = machines_[i].gateway && whose->frozen_until <= in_.now();
        if (!may) {
            co_await pause(500);
            continue;
        }
        auto& memory = machines_[i].gateway->memory();
        std::optional<gateway::commit_result> said;
        auto s = first;
        try {
            s.received_at = memory.time();
            for (auto& d : s.deliveries) d.expires_at = s.received_at + lifetime;
            said = memory.commit(s, {{"submission.accepted", s.emitter, {}}});
            machines_[i].gateway->wake();
        } catch (gateway::store_unavailable const&) {
            sees_.say(0, "the emitter is asked to come back with ", s.idempotency_key);
        }
        co_await pause(luck_.between(1, 20));
        if (said && !whose->over) {
            if (said->id != first.id) sees_.blame("two effects of " + s.idempotency_key);
            co_return true;
        }
        co_await pause(luck_.between(200, 3000));
    }
}

flow<void> world::emit(int set) {
    co_await pause(luck_.between(0, weather_.storm / 2));
    auto lifetime =
        luck_.one_in(3) ? luck_.between(5'000, 60'000) : luck_.between(200'000, 900'000);
    auto versions = luck_.between(1, 4);
    std::vector<std::size_t> to;
    for (std::size_t n = 0; n < std::size(addresses); ++n)
        if (luck_.one_in(2)) to.push_back(n);
    if (to.empty()) to.push_back(0);
    for (int version = 1; version <= versions; ++version) {
        auto s = write(set, version);
        for (auto n : to) {
            gateway::new_delivery d;
            d.id = s.documents[0].unique_id + "-" + std::to_string(n);
            d.kind = n == 0   ? gateway::destination_kind::dmp
                     : n == 1 ? gateway::destination_kind::mssante
                              : gateway::destination_kind::patient;
            d.address = addresses[n];
            d.order_key = s.documents[0].set_id + "|" + std::to_string(n);
            if (n == 0)
                d.fixed["lotId"] = std::to_string(luck_.below(1U << 30));
            else
                d.fixed["messageId"] = "<" + d.id + "@hospital.example>";
            s.deliveries.push_back(d);
        }
        (void)co_await hand_over(s, lifetime);
        if (luck_.one_in(4)) (void)co_await hand_over(s, lifetime);
        co_await pause(luck_.between(0, luck_.one_in(2) ? 100 : weather_.storm / 4));
    }
}

std::string world::some_delivery() {
    auto const& all = store_.memory.deliveries;
    return all.empty() ? "" : all[luck_.below(all.size())].told.id;
}
void world::cancel() {
    auto& m = machines_[some_machine()];
    auto id = some_delivery();
    if (!m.gateway || id.empty()) return;
    try {
        (void)m.gateway->memory().cancel(id, "anne", "cancelled by anne", store_.clock());
    } catch (gateway::store_unavailable const&) {
        sees_.say(0, "anne gets no answer");
    }
}
void world::retry() {
    auto& m = machines_[some_machine()];
    auto id = some_delivery();
    // Mostly one that failed.
    for (auto const& d : store_.memory.deliveries)
        if (d.state == gateway::delivery_state::failed && luck_.one_in(2)) id = d.told.id;
    if (!m.gateway || id.empty()) return;
    try {
        (void)m.gateway->memory().retry(id, "anne", store_.clock());
        m.gateway->wake();
    } catch (gateway::store_unavailable const&) {
        sees_.say(0, "anne gets no answer");
    }
}
}  // namespace simulation
