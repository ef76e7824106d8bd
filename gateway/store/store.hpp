/// The memory of the gateway. Two engines, SQLite (a file for one process) and PostgreSQL (a
/// database that several gateways share), and one conformance suite (tests/unit/store). A call that
/// returns has been made durable; one that throws store_unavailable may have been, and asking again
/// is safe. Thread-safe; callers may block.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>

#include "gateway/model.hpp"

namespace gateway {
/// Disk full, database gone, ...: intake answers 4xx/503, nothing is dropped.
class store_unavailable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// What is stored of one submission or delivery cannot be read as it was written. Asking again does
/// not help; the rest of the store is not concerned.
class record_damaged : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// How the reason of a delivery begins whose record or content is damaged.
inline constexpr std::string_view damaged_mark = "damaged: ";
/// A gateway, or who moves all of it, has the store.
class store_in_use : public store_unavailable {
    using store_unavailable::store_unavailable;
};
/// The retention period of a content is over: it is there no more.
class content_purged : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct commit_result {
    enum class kind { stored, repeated, conflict } what{kind::stored};
    std::string id;  ///< of the stored, or of the earlier equal submission
};
struct ledger_event {
    std::int64_t sequence{0};
    instant at{0};
    std::string type, actor, previous, hash;
    std::map<std::string, std::string> fields;
};
struct ledger_report {
    bool valid{true};
    std::int64_t events{0}, bad_sequence{0}, seals{0};
    std::string head, reason;
};
/// How the store's writing goes.
struct store_health {
    bool failing{false};                   ///< the last write failed; a probe that works ends this
    std::chrono::milliseconds waiting{0};  ///< how long the oldest call has waited for the disk
    std::int64_t damaged{0};               ///< rows that could not be read, since the start
};
/// A delivery that was not taken in its time.
struct expired {
    std::string delivery;
    destination_kind kind{};
};
class store {
public:
    virtual ~store() = default;
    /// At once, whatever the disk does.
    [[nodiscard]] virtual store_health health() = 0;
    /// Makes durable a change that changes nothing. @throws store_unavailable
    virtual void probe() = 0;
    /// ONE transaction: contents, submission, deliveries, ledger events. Commits of several threads
    /// are grouped. Repeated (same emitter and idempotency key, same digest): the first id, nothing
    /// written; but when a content of the first was found damaged, it is replaced by this one, and
    /// what had failed for it is queued again.
    virtual commit_result commit(submission const&, std::vector<event> const&) = 0;
    /// What leases and waits are judged by, and `now` below should be: this machine's clock for
    /// SQLite, the database's for PostgreSQL, so that gateways whose clocks differ agree.
    virtual instant time() = 0;
    /// Calls back, from a thread of the store, when another process has committed work. A hint that
    /// may be missed: look at the queue from time to time all the same. Empty: no more calls, and
    /// none is under way when this returns. One caller at a time.
    virtual void on_work(std::function<void()>) = 0;
    /// Up to `most` due deliveries; of one order_key only the first that is not final, and none
    /// while another of that key is leased. A lease that has run out may go to anybody, so that
    /// one whose answer was lost on the way returns too. A row that cannot be read ends failed,
    /// with `damaged_mark`, and does not stand in the way of the others.
    /// @param blocked  kinds that are left
    /// @param at_work  deliveries that are left: the caller still works on them, or on an account
    ///                 of them, whatever became of the lease meanwhile
    virtual std::vector<lease> take(std::string const& holder, instant now, std::int64_t lease_ms,
                                    std::size_t most, std::vector<std::string> const& blocked,
                                    std::vector<std::string> const& at_work = {}) = 0;
    /// false: the lease was lost, or it has run out, so that another of its order_key may have been
    /// given out; nothing written.
    virtual bool renew(lease&, instant now, std::int64_t lease_ms) = 0;
    /// Replaces `fixed` of a leased delivery before it is first sent (ids every attempt repeats).
    virtual bool pin(lease const&, std::map<std::string, std::string> const& fixed) = 0;
    /// false: the lease was lost (other fence); nothing written.
    virtual bool settle(lease const&, settlement const&) = 0;
    /// Gives a lease back without an attempt. false: it was lost.
    virtual bool release(lease const&) = 0;
    /// Ends as failed what has passed its `expires_at` and is not leased, at most so many; and,
    /// with `damaged_mark`, what names no destination that there is.
    /// @param untried  also what no attempt was made of
    virtual std::vector<expired> expire(instant now, std::size_t most, bool untried) = 0;
    /// Removes the contents of submissions whose deliveries have all been final since `ended` or
    /// before, at most so many and a few megabytes at once; all the rest of them stays. One event
    /// each in the account. @return their ids
    virtual std::vector<std::string> purge(instant ended, instant now, std::size_t most) = 0;
    /// After the clock has been set back: a delivery that waits for a time later than `farthest` is
    /// due now; leases end, and notices are due, then at the latest.
    virtual void rebase(instant now, instant farthest) = 0;
    /// The documents of a submission with their bytes. @throws record_damaged, content_purged
    virtual std::vector<stored_document> documents(std::string const& submission) = 0;
    virtual std::optional<submission> load(std::string const& submission) = 0;  ///< without bytes
    virtual std::optional<submission_view> view(std::string const& submission) = 0;
    virtual std::vector<delivery_view> list(std::optional<delivery_state>, std::size_t most) = 0;
    virtual std::optional<delivery_view> delivery(std::string const& id) = 0;
    /// deferred/failed -> queued, with a day more to live at least; or any non-final -> cancelled;
    /// by a named actor. false: not in such a state, or the contents were purged.
    virtual bool retry(std::string const& delivery, std::string const& actor, instant now) = 0;
    virtual bool cancel(std::string const& delivery, std::string const& actor,
                        std::string const& why, instant now) = 0;
    /// Appends one event outside of a submission (refusals, admin acts, config.loaded).
    virtual void record(event const&, instant at) = 0;
    virtual void read_ledger(std::function<void(ledger_event const&)> const&) = 0;
    virtual ledger_report verify_ledger() = 0;
    virtual std::map<std::string, std::int64_t> counts() = 0;  ///< deliveries by state
    virtual instant next_due(
        instant now) = 0;  ///< earliest time something becomes due; 0: nothing waits
    /// A failed delivery whose SMTP emitter must still be told (DSN).
    struct notice {
        std::string delivery, submission;
        int attempts{0};
    };
    /// Due notices; nobody else is given them for `lease_ms`, unless notice_done says so.
    virtual std::vector<notice> take_notices(instant now, std::int64_t lease_ms,
                                             std::size_t most) = 0;
    /// One that is done already stays as it is.
    virtual void notice_done(std::string const& delivery, bool sent, std::string const& detail,
                             instant at, instant next_attempt) = 0;
};
struct store_keys {
    std::string master;  ///< 32 bytes: wraps the per-content data keys (AES-256-GCM)
    std::string seal;    ///< 32 bytes: HMAC-SHA256 over ledger heads
    std::string environment{"production"};  ///< stands in each event of a delivery
};
}  // namespace gateway
