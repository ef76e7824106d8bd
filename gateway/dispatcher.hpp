/// Per destination: lease -> connector -> receipt -> commit. The threads around `queue/`, which
/// decides: here is only who waits for what, the store and the peers asked, and what is logged.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "gateway/config.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
class dispatcher {
public:
    using settings = std::function<std::shared_ptr<config const>()>;
    dispatcher(store&, settings);
    ~dispatcher();
    void start();
    /// Something was committed: look now rather than at the next tick.
    void wake();
    /// Takes nothing new and waits for the attempts under way; each has its own deadlines, and a
    /// stop that cannot wait may kill the process at any instant: leases return, nothing is lost.
    void drain();
    /// Names of peers whose breaker is open: "dmp", "mssante".
    [[nodiscard]] std::vector<std::string> open_breakers() const;
    struct counters {
        std::atomic<std::int64_t> delivered{0}, deferred{0}, failed{0};
        std::atomic<std::int64_t> damaged{0};  ///< of the failed: what was stored cannot be read
    };
    [[nodiscard]] counters const& of(destination_kind) const;

private:
    struct state;
    std::shared_ptr<state> state_;
};
}  // namespace gateway
