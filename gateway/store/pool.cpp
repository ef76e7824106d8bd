#include "gateway/store/pool.hpp"

namespace gateway::sql {
pool::handle pool::take() {
    std::unique_ptr<connection> found;
    {
        std::unique_lock lock(guard_);
        returned_.wait(lock, [&] { return free_ > 0; });
        --free_;
        if (!idle_.empty()) {
            found = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    try {
        // One that broke while it lay idle is no reason to fail.
        if (!found || !found->sound()) found = open_();
    } catch (...) {
        give_back(nullptr);
        throw;
    }
    return {*this, std::move(found)};
}

void pool::give_back(std::unique_ptr<connection> c) noexcept {
    // One that broke in use: the others lead to the same server, and whether they are as good as
    // they look would be found out one after the other.
    bool broke = c && !c->sound();
    if (broke) c.reset();
    {
        std::lock_guard lock(guard_);
        ++free_;
        if (broke) idle_.clear();
        // Room was made when the pool was: at most `most` are out.
        if (c) idle_.push_back(std::move(c));
    }
    returned_.notify_one();
}
}  // namespace gateway::sql
