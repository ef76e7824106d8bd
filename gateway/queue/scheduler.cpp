#include "gateway/queue/scheduler.hpp"

namespace gateway::queue {
namespace {
struct peer {
    char const* name;
    std::vector<std::string> kinds;  ///< that it serves
};
std::array<peer, scheduler::lanes> const peers{
    {{"dmp", {"dmp"}}, {"mssante", {"mssante", "patient"}}}};
}  // namespace

char const* scheduler::name_of_lane(std::size_t lane) { return peers.at(lane).name; }

scheduler::scheduler(std::string holder, std::array<std::size_t, lanes> widths)
    : holder_(std::move(holder)) {
    for (std::size_t i = 0; i < lanes; ++i) lanes_[i].width = std::max<std::size_t>(1, widths[i]);
}

std::optional<wish> scheduler::ask(std::size_t lane, steady::time_point now) {
    auto& l = lanes_.at(lane);
    auto room = l.busy >= l.width ? 0 : l.fuse.allowance(l.width - l.busy, now);
    if (room == 0) return std::nullopt;
    l.fuse.asked();
    wish w{lane, holder_, room, {}, {at_work_.begin(), at_work_.end()}};
    for (std::size_t other = 0; other < lanes; ++other)
        if (other != lane)
            w.blocked.insert(w.blocked.end(), peers[other].kinds.begin(), peers[other].kinds.end());
    return w;
}

std::size_t scheduler::taken(wish const& w, std::vector<lease> got) {
    auto& l = lanes_.at(w.lane);
    if (got.empty()) l.fuse.probed();
    for (auto& one : got) {
        at_work_.insert(one.delivery);
        l.waiting.push_back(std::move(one));
        ++l.busy;
    }
    return got.size();
}

void scheduler::take_failed(wish const& w) { lanes_.at(w.lane).fuse.probed(); }

std::optional<job> scheduler::start(std::size_t lane) {
    auto& waiting = lanes_.at(lane).waiting;
    if (waiting.empty()) return std::nullopt;
    job j(std::move(waiting.front()));
    waiting.pop_front();
    return j;
}

breaker::change scheduler::ended(std::size_t lane, outcome const& out, steady::time_point now) {
    return lanes_.at(lane).fuse.heard(out.peer_in_trouble, now);
}

void scheduler::done(std::size_t lane, std::string const& delivery) {
    at_work_.erase(delivery);
    auto& l = lanes_.at(lane);
    l.fuse.probed();  // also when the store's trouble ended the probe
    --l.busy;
}
}  // namespace gateway::queue
