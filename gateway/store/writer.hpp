/// The one writing connection of a store. Jobs that queue while a commit is on its way share the
/// next one: each runs in a savepoint of its own, all become durable by one fsync, then their
/// callers go on.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
class writer {
public:
    explicit writer(connection& db) : db_(db), thread_([this] { loop(); }) {}
    ~writer();
    /// Runs `work` inside the shared transaction; returns after it is on disk. What `work` throws
    /// undoes it alone and is thrown here; a failed commit is thrown to every caller of the group.
    void run(std::function<void(connection&)> work);
    [[nodiscard]] store_health health() const;
    /// The store can write again.
    void recovered();

private:
    using clock = std::chrono::steady_clock;
    struct job {
        std::function<void(connection&)> work;
        clock::time_point since;
        std::promise<void> done;
        std::exception_ptr fault;
    };
    void loop();
    void commit(std::deque<job>& group);

    connection& db_;
    mutable std::mutex guard_;
    bool failing_{false};
    clock::time_point under_way_{};  ///< since when the oldest job of the group waits
    std::condition_variable ready_;
    std::deque<job> queue_;
    bool stopping_{false};
    std::thread thread_;
};
}  // namespace gateway::sql
