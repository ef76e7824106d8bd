/// Connections that read, kept open between uses: a new one costs PostgreSQL a process.
#pragma once
#include <condition_variable>
#include <mutex>
#include <vector>

#include "gateway/store/database.hpp"

namespace gateway::sql {
/// Thread-safe. Who asks for one too many waits; a thread holds one at a time.
class pool {
public:
    pool(connect open, std::size_t most) : open_(std::move(open)), free_(most) {
        idle_.reserve(most);
    }

    class handle {
    public:
        handle(pool& from, std::unique_ptr<connection> c) : from_(from), held_(std::move(c)) {}
        ~handle() { from_.give_back(std::move(held_)); }
        handle(handle const&) = delete;
        handle& operator=(handle const&) = delete;
        connection& operator*() const { return *held_; }

    private:
        pool& from_;
        std::unique_ptr<connection> held_;
    };
    /// @throws store_unavailable
    [[nodiscard]] handle take();

private:
    void give_back(std::unique_ptr<connection>) noexcept;

    connect open_;
    std::mutex guard_;
    std::condition_variable returned_;
    std::size_t free_;  ///< how many more may be out
    std::vector<std::unique_ptr<connection>> idle_;
};
}  // namespace gateway::sql
