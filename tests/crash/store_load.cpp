/// store_load load|crowd|accounts|reopen|verify FOLDER PROMISES
///
/// `reopen` only opens and closes.
/// `accounts` is `load` with the account after each call, the measure for every run that is cut.
/// `verify` prints the account it found, then what is broken; exit 1 if anything is.
#include "store_load.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <optional>
#include <thread>

#include "certs/digest.hpp"

namespace crash {
namespace {
using gateway::delivery_state;

/// The first connection since it was last emptied. A store opens its writer first.
sqlite3* writer = nullptr;
int remember(sqlite3* db, char const**, void const*) {
    if (writer == nullptr) writer = db;
    return SQLITE_OK;
}

std::unique_ptr<gateway::store> open(std::string const& folder) {
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&remember));
    writer = nullptr;
    auto st = open_store(folder);
    // The store's own checkpoints, made by its own writer, but every 40 pages instead of every
    // 1000: a load of a second goes through many of them.
    sqlite3_wal_autocheckpoint(writer, 40);
    return st;
}

std::string state(std::string const& delivery, delivery_state s) {
    return "state " + delivery + " " + std::string(gateway::name_of(s)) + "\n";
}
std::string event_of(std::string const& type, std::string const& field, std::string const& value) {
    return "event " + type + " " + field + " " + value + "\n";
}

/// Calls, and writes down what their return promises.
class caller {
public:
    caller(gateway::store& st, scribe const& s, gateway::instant& now)
        : st_(st), scribe_(s), now_(now) {}

    void commit(gateway::submission const& s) {
        auto said = st_.commit(s, {{"submission.accepted", s.emitter, {{"submission", s.id}}}});
        auto promises = "submission " + said.id;
        for (auto const& d : s.documents) promises += " " + certs::sha256_hex(d.bytes);
        promises += "\n";
        if (said.what == gateway::commit_result::kind::stored) {
            promises += event_of("submission.accepted", "submission", s.id);
            for (auto const& d : s.deliveries) promises += state(d.id, delivery_state::queued);
        }
        returned(promises);
    }
    std::optional<gateway::lease> take() {
        auto got = st_.take("worker", now_, 1000, 1, {});
        returned("");
        return got.empty() ? std::nullopt : std::optional(got.front());
    }
    void pin(gateway::lease const& l) {
        if (l.fixed.at("messageId") != "unpinned") return;
        auto id = "pinned:" + l.delivery;
        if (st_.pin(l, {{"messageId", id}})) returned("fixed " + l.delivery + " " + id + "\n");
    }
    void settle(gateway::lease const& l, delivery_state to) {
        gateway::settlement s;
        s.to = to;
        s.at = now_;
        s.next_attempt_at = to == delivery_state::deferred ? now_ + 60 : 0;
        s.peer = to == delivery_state::delivered ? "250 ok" : "451 not now";
        s.reason = to == delivery_state::failed ? "550 no such mailbox" : "";
        s.receipts = {{"smtp.reply", now_, s.peer}};
        s.events = {{"delivery.attempted", "gateway", {{"delivery", l.delivery}}}};
        if (!st_.settle(l, s)) return;
        auto promises =
            state(l.delivery, to) + event_of("delivery.attempted", "delivery", l.delivery) +
            event_of("delivery." + std::string(gateway::name_of(to)), "delivery", l.delivery);
        auto of = st_.load(l.submission);
        if (to == delivery_state::failed && of && of->channel == "smtp")
            promises += "notice " + l.delivery + " owed\n";
        returned(promises);
    }
    void retry(std::string const& delivery) {
        if (st_.retry(delivery, "anne", now_))
            returned(state(delivery, delivery_state::queued) +
                     event_of("admin.retry", "delivery", delivery));
    }
    void cancel(std::string const& delivery) {
        if (st_.cancel(delivery, "anne", "wrong patient", now_))
            returned(state(delivery, delivery_state::cancelled) +
                     event_of("delivery.cancelled", "delivery", delivery));
    }
    void notify() {
        auto owed = st_.take_notices(now_, 1000, 1);
        returned("");
        if (owed.empty()) return;
        auto const& d = owed.front().delivery;
        st_.notice_done(d, true, "250 ok", now_, 0);
        returned("notice " + d + " told\n" + event_of("notice.attempted", "delivery", d));
    }
    void record(std::string const& n) {
        st_.record({"submission.refused", "dpi", {{"n", n}}}, now_);
        returned(event_of("submission.refused", "n", n));
    }

private:
    void returned(std::string promises) {
        now_ += 10;
        scribe_.call_returned(st_, std::move(promises));
    }
    gateway::store& st_;
    scribe const& scribe_;
    gateway::instant& now_;
};
}  // namespace

void load(std::string const& folder, scribe const& s) {
    constexpr delivery_state ends[] = {delivery_state::deferred, delivery_state::delivered,
                                       delivery_state::failed, delivery_state::delivered};
    gateway::instant now = 2000;
    std::size_t settled = 0;
    std::string waiting, failed;
    auto round = [&](caller& call, int n) {
        auto one = make(n);
        call.commit(one);
        if (n % 4 == 1) {  // handed over again, under another id of ours
            one.id += "-again";
            for (auto& d : one.deliveries) d.id += "-again";
            call.commit(one);
        }
        for (int i = 0; i < 2; ++i) {
            auto l = call.take();
            if (!l) continue;
            call.pin(*l);
            if (n % 6 == 5) continue;  // still leased when the store is opened again
            auto to = ends[settled++ % std::size(ends)];
            call.settle(*l, to);
            if (to == delivery_state::deferred) waiting = l->delivery;
            if (to == delivery_state::failed) failed = l->delivery;
        }
        if (n % 3 == 0) call.retry(waiting);
        if (n % 4 == 2) call.cancel(one.deliveries.back().id);
        if (n % 4 == 3) call.notify();
        if (n % 5 == 4) call.retry(failed);
        call.record(std::to_string(n));
    };
    for (int from : {0, 6}) {
        auto st = open(folder);
        s.call_returned(*st, "");
        caller call(*st, s, now);
        for (int n = from; n < from + 6; ++n) round(call, n);
    }
}

void crowd(std::string const& folder, scribe const& s) {
    auto st = open(folder);
    s.call_returned(*st, "");
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t)
        threads.emplace_back([&, t] {
            gateway::instant now = 2000;
            caller call(*st, s, now);
            for (int n = t * 10; n < t * 10 + 4; ++n) {
                call.commit(make(n));
                if (auto l = call.take()) call.settle(*l, delivery_state::delivered);
                call.record(std::to_string(n));
            }
        });
    for (auto& t : threads) t.join();
}
}  // namespace crash

int main(int count, char** words) try {
    if (count != 4) return 2;
    std::string mode = words[1], folder = words[2], promises = words[3];
    if (mode == "verify") {
        auto found = crash::verify(folder, promises);
        std::printf("%s\n", found.account.c_str());
        for (auto const& b : found.broken) std::printf("%s\n", b.c_str());
        return found.broken.empty() ? 0 : 1;
    }
    crash::scribe s(
        folder, promises,
        mode == "accounts" ? crash::scribe::detail::accounts : crash::scribe::detail::promises);
    if (mode == "reopen")
        (void)crash::open_store(folder);
    else
        mode == "crowd" ? crash::crowd(folder, s) : crash::load(folder, s);
    return 0;
} catch (std::exception const& e) {
    std::printf("-\n%s\n", e.what());
    return 1;
}
