/// One gateway of a simulated world: the decisions of gateway/queue, and flows where dispatcher.cpp
/// has threads. Read the two side by side: they do the same things in the same order.
#pragma once
#include <list>

#include "flow.hpp"
#include "gateway/queue/scheduler.hpp"
#include "gateway/queue/timekeeper.hpp"
#include "peer.hpp"
#include "shared_store.hpp"

namespace simulation {
struct surroundings {
    loop& in;
    chance& luck;
    climate const& weather;
    flaw wrong;
    witness& sees;
    shared_store& store;
    peer &dmp, &mail;
    life_ptr world;
};

class node {
public:
    node(surroundings&, life_ptr, ms const& wall_offset);
    node(node const&) = delete;
    node& operator=(node const&) = delete;
    void start();
    /// Something was committed.
    void wake();
    /// Takes nothing new, ends what is under way.
    void drain();
    [[nodiscard]] bool idle();
    [[nodiscard]] connection& memory() { return memory_; }
    [[nodiscard]] life const& alive() const { return *life_; }
    /// As the daemon is set up, ten times faster where it can be.
    [[nodiscard]] static gateway::config const& settings();

private:
    flow<void> take_loop();
    flow<bool> take_for(std::size_t lane);
    flow<void> keep_time();
    flow<void> work(std::size_t lane, gateway::queue::job);
    flow<gateway::outcome> attempt(gateway::queue::job&);
    flow<void> settle(gateway::queue::job&);
    flow<void> release(gateway::queue::job&);
    flow<void> notice_loop();
    flow<bool> one_notice();

    flow<gateway::outcome> deliver_to_dmp(gateway::work);
    flow<gateway::outcome> deliver_by_mail(gateway::work);
    flow<answer> exchange(peer&, letter);
    [[nodiscard]] bool holds(gateway::work const&);
    [[nodiscard]] letter about(letter::kind, gateway::lease const&, std::string id) const;

    sleep pause(ms wait) { return {around_.in, life_, wait}; }
    /// On the way to the store or back.
    sleep store_way();
    gateway::queue::steady::time_point steady() const;
    gateway::instant wall() const;
    void run(flow<void>);

    surroundings& around_;
    life_ptr life_;
    ms const& wall_offset_;
    connection memory_;
    gateway::queue::scheduler decide_;
    gateway::queue::timekeeper clock_;
    bool stopping_{false}, nudged_{false};
    bell changed_;
    std::list<flow<void>> running_;  ///< last: the flows look at everything above
};
}  // namespace simulation
