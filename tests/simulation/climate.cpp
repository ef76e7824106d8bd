#include "climate.hpp"

#include <ostream>

namespace simulation {
climate draw_climate(chance& c) {
    auto maybe = [&](std::int64_t most) { return c.one_in(2) ? c.between(1, most) : 0; };
    auto some = [&](int most) { return static_cast<int>(maybe(most)); };
    climate out;
    out.nodes = static_cast<int>(c.between(1, 3));
    out.storm = c.one_in(10) ? c.between(700'000, 1'200'000) : c.between(30'000, 180'000);
    out.sets = static_cast<int>(c.between(1, 6));
    out.store_before = maybe(30);
    out.store_after = maybe(30);
    out.store_slow = maybe(20);
    out.transient = maybe(400);
    out.permanent = maybe(150);
    out.unanswered = maybe(300);
    out.slow_peer = maybe(300);
    out.outages = some(3);
    out.cuts = some(3);
    out.crashes = some(4);
    out.stops = some(2);
    out.freezes = some(4);
    out.peer_downs = some(4);
    out.store_steps = c.one_in(2) ? some(3) : 0;
    out.wall_steps = some(3);
    out.cancels = some(4);
    out.retries = some(4);
    return out;
}

std::ostream& operator<<(std::ostream& out, climate const& c) {
    return out << c.nodes << " nodes, " << c.sets << " sets, storm " << c.storm
               << " ms; per thousand: store fails before " << c.store_before << ", after "
               << c.store_after << ", slow " << c.store_slow << ", transient " << c.transient
               << ", permanent " << c.permanent << ", unanswered " << c.unanswered << ", slow peer "
               << c.slow_peer << "; outages " << c.outages << ", cuts " << c.cuts << ", crashes "
               << c.crashes << ", stops " << c.stops << ", freezes " << c.freezes << ", peers down "
               << c.peer_downs << ", store clock " << c.store_steps << ", wall clocks "
               << c.wall_steps << ", cancels " << c.cancels << ", retries " << c.retries;
}
}  // namespace simulation
