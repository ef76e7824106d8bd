#include "gateway/store/writer.hpp"

namespace gateway::sql {
writer::~writer() {
    {
        std::lock_guard lock(guard_);
        stopping_ = true;
    }
    ready_.notify_all();
    thread_.join();
}

void writer::run(std::function<void(connection&)> work) {
    job one{std::move(work), {}, {}};
    auto done = one.done.get_future();
    {
        std::lock_guard lock(guard_);
        queue_.push_back(std::move(one));
    }
    ready_.notify_one();
    done.get();
}

void writer::loop() {
    std::unique_lock lock(guard_);
    for (;;) {
        ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        std::deque<job> group;
        group.swap(queue_);
        lock.unlock();
        commit(group);
        lock.lock();
    }
}

void writer::commit(std::deque<job>& group) {
    std::exception_ptr lost;
    try {
        db_.mend();
        db_.run(db_.speaks().begin);
        for (auto& one : group) {
            db_.run("SAVEPOINT job");
            try {
                one.work(db_);
            } catch (...) {
                one.fault = std::current_exception();
                db_.run("ROLLBACK TO job");
            }
            db_.run("RELEASE job");
        }
        db_.run("COMMIT");
    } catch (...) {
        lost = std::current_exception();
        // Already rolled back after some faults; then this has nothing to do. When the connection
        // broke during COMMIT nobody knows what became of it: no caller gets a positive answer, and
        // one that asks again finds either nothing or its first submission.
        db_.abandon();
    }
    for (auto& one : group) {
        auto fault = lost ? lost : one.fault;
        if (fault)
            one.done.set_exception(fault);
        else
            one.done.set_value();
    }
}
}  // namespace gateway::sql
