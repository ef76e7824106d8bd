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
    if (c && !c->sound()) c.reset();
    {
        std::lock_guard lock(guard_);
        ++free_;
        // Room was made when the pool was: at most `most` are out.
        if (c) idle_.push_back(std::move(c));
    }
    returned_.notify_one();
}
}  // namespace gateway::sql
