/// Looks once in a while at what the machine and the store have left, so that emitters are asked to
/// come back before anything fails, and are taken again by itself when there is room. One thread
/// looks and never waits; what must ask the store, which may keep it waiting, has a thread of its
/// own. What was found last is read without waiting.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/config.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
/// Something runs short: first readiness says so, then intake closes. Names are part of the admin
/// API (`/readyz`) and of the log: disk, descriptors, memory, queue, store, slow.
struct shortage {
    std::string_view name;
    bool closes_intake;
};

/// What is left of a thing, and how much should be: below `reserve` intake closes, below twice as
/// much readiness ends.
[[nodiscard]] std::optional<shortage> judge_left(std::string_view name, std::uint64_t left,
                                                 std::uint64_t reserve);
/// How much of a thing is used: over the limit intake closes, over nine tenths of it readiness
/// ends.
[[nodiscard]] std::optional<shortage> judge_used(std::string_view name, std::uint64_t used,
                                                 std::uint64_t limit);

class watch {
public:
    using settings = std::function<std::shared_ptr<config const>()>;
    watch(store&, settings);
    ~watch();
    watch(watch const&) = delete;
    watch& operator=(watch const&) = delete;
    void start();
    void stop();
    [[nodiscard]] std::vector<shortage> shortages() const;
    /// Waiting deliveries by state, as they were counted last: at most five seconds ago.
    [[nodiscard]] std::map<std::string, std::int64_t> queue() const;
    /// The name of what closes intake; empty: it is open.
    [[nodiscard]] std::string_view closed() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};
}  // namespace gateway
