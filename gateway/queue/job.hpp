/// The way of one lease through this gateway, step by step: attempt, then an account of it, or the
/// lease back without one. Who owns a job does what `next` says and tells how it went.
#pragma once
#include <chrono>

#include "gateway/deliver/outcome.hpp"

namespace gateway::queue {
class job {
public:
    enum class step { attempt, settle, release, over };
    /// What the store could not write is tried again so often.
    static constexpr std::chrono::milliseconds insist_every{500};

    explicit job(lease l) : held_(std::move(l)) {}
    [[nodiscard]] step next() const { return next_; }
    [[nodiscard]] lease& held() { return held_; }
    [[nodiscard]] outcome const& result() const { return result_; }

    void ended(outcome out) {
        result_ = std::move(out);
        next_ = step::settle;
    }
    /// The store has the account, or the lease.
    void written() { next_ = step::over; }
    /// The store did not answer. No outcome yet: the lease goes back. Otherwise the peer may have
    /// the document, and what became of the attempt is kept until the store takes it.
    void store_failed() {
        if (next_ == step::attempt) next_ = step::release;
    }
    /// Something else went wrong with this step.
    void broke() { next_ = next_ == step::release ? step::over : step::release; }
    /// The process ends: it writes nothing more, and the lease returns by itself.
    void abandon() { next_ = step::over; }

private:
    lease held_;
    outcome result_;
    step next_{step::attempt};
};
}  // namespace gateway::queue
