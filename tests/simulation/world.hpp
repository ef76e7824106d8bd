/// One schedule: gateways over one store, two peers, emitters and an admin, and the troubles that
/// the seed draws; then calm, and everything must end.
#pragma once
#include <array>
#include <list>

#include "node.hpp"

namespace simulation {
class world {
public:
    world(std::uint64_t seed, flaw);
    /// Keeps an account of everything.
    void write_down() { sees_.write_down(); }
    /// @return the first broken promise; empty: none
    std::string run();
    [[nodiscard]] std::string account() const { return sees_.account(); }
    [[nodiscard]] witness const& seen() const { return sees_; }

private:
    /// A machine: at most one gateway lives on it.
    struct machine {
        ms wall_offset{0};
        std::unique_ptr<node> gateway;
        life_ptr alive;
    };
    void troubles();
    /// At a random moment of the storm, so often.
    void in_storm(int times, void (world::*what)());
    void outage();
    void cut();
    void crash();
    void stop();
    void freeze();
    void peer_down();
    void store_step();
    void wall_step();
    void cancel();
    void retry();
    void calm();

    void begin_life(std::size_t machine);
    void end_life(std::size_t machine);
    flow<void> stop_then_start(std::size_t machine);
    flow<void> emit(int set);
    flow<bool> hand_over(gateway::submission const&, ms lifetime);
    gateway::submission write(int set, int version);
    sleep pause(ms wait) { return {in_, self_, wait}; }
    std::size_t some_machine() { return luck_.below(machines_.size()); }
    [[nodiscard]] std::string some_delivery();
    [[nodiscard]] bool alone() const { return machines_.size() == 1; }

    chance luck_;
    climate weather_;
    loop in_;
    shared_store store_;
    witness sees_;
    peer dmp_, mail_;
    life_ptr self_{std::make_shared<life>()};
    surroundings around_;
    bool calm_{false};
    std::vector<machine> machines_;
    std::list<flow<void>> running_;
};
}  // namespace simulation
