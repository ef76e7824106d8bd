/// LISTEN: hears that another gateway committed work, so that it need not wait for the next look at
/// the queue. Only a hint: while the connection is broken nothing is heard, and polling finds the
/// work a little later.
#pragma once
#include <atomic>
#include <thread>

#include "gateway/store/postgresql_database.hpp"

namespace gateway::sql {
class postgresql_watch {
public:
    /// @param call  from the watch's own thread; may not throw
    postgresql_watch(postgresql_options, std::function<void()> call);
    /// No call is under way any more when it returns.
    ~postgresql_watch();
    postgresql_watch(postgresql_watch const&) = delete;
    postgresql_watch& operator=(postgresql_watch const&) = delete;

private:
    void loop();
    void listen();
    /// @return what there was to hear, or nothing for `ms` (-1: without end), or the watch stops.
    bool wait(int socket, int ms) const;

    postgresql_options options_;
    std::function<void()> call_;
    int stop_;  ///< eventfd, readable when the watch is over
    std::atomic<bool> stopping_{false};
    bool heard_{true};  ///< listening went well the last time: its end is told once
    std::thread thread_;
};
}  // namespace gateway::sql
