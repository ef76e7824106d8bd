/// Removes contents whose time is over ([retention]), a few at a time and with pauses, so that
/// intake never waits for it. Several gateways over one database do it beside each other: a step
/// takes what no other took. One thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "gateway/config.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
class retention {
public:
    using settings = std::function<std::shared_ptr<config const>()>;
    retention(store&, settings);
    ~retention();
    retention(retention const&) = delete;
    retention& operator=(retention const&) = delete;
    void start();
    /// After the step under way.
    void stop();
    std::atomic<std::int64_t> purged{0};  ///< submissions, since the start

private:
    struct state;
    std::unique_ptr<state> state_;
};
}  // namespace gateway
