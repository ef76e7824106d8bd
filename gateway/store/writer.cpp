#include "gateway/store/writer.hpp"

#include <algorithm>

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
    job one{std::move(work), clock::now(), {}, {}};
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
        under_way_ = group.front().since;
        lock.unlock();
        commit(group);
        lock.lock();
        under_way_ = {};
    }
}

store_health writer::health() const {
    std::lock_guard lock(guard_);
    auto since = under_way_;
    if (since == clock::time_point{} && !queue_.empty()) since = queue_.front().since;
    if (since == clock::time_point{}) return {failing_, {}};
    return {failing_, std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - since)};
}
void writer::recovered() {
    std::lock_guard lock(guard_);
    failing_ = false;
}

namespace {
bool of_the_store(std::exception_ptr const& fault) {
    try {
        std::rethrow_exception(fault);
    } catch (store_unavailable const&) {
        return true;
    } catch (...) {
        return false;
    }
}
}  // namespace

void writer::commit(std::deque<job>& group) {
    std::exception_ptr lost;
    try {
        db_.mend();
        db_.run(db_.speaks().begin);
        for (auto& one : group) {
            db_.run("SAVEPOINT job");
            try {
                one.work(db_);
            } catch (record_damaged const& e) {
                // Nothing can be written where this stands: for who asked, the store is not there.
                one.fault = std::make_exception_ptr(store_unavailable(e.what()));
                db_.run("ROLLBACK TO job");
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
    auto failed = [&](job const& one) { return one.fault && of_the_store(one.fault); };
    if ((lost && of_the_store(lost)) || std::any_of(group.begin(), group.end(), failed)) {
        std::lock_guard lock(guard_);
        failing_ = true;
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
