/// The store over an SQL database: one writing connection with grouped commits (design §4), readers
/// beside it.
#include <algorithm>
#include <atomic>

#include "gateway/log/event.hpp"
#include "gateway/store/ending.hpp"
#include "gateway/store/engine.hpp"
#include "gateway/store/ledger.hpp"
#include "gateway/store/pool.hpp"
#include "gateway/store/reading.hpp"
#include "gateway/store/rows.hpp"
#include "gateway/store/taking.hpp"
#include "gateway/store/unfinished.hpp"
#include "gateway/store/vault.hpp"
#include "gateway/store/writer.hpp"

namespace gateway {
namespace {
using sql::connection;
using sql::statement;

/// As many as delivery workers and intake keep busy at once, and few enough for a PostgreSQL of a
/// hundred connections.
constexpr std::size_t most_readers = 8;
constexpr std::int64_t one_day = 86'400'000;
/// Removed in one transaction: others wait for it no longer than for a large commit.
constexpr std::int64_t most_purged_bytes = 8 << 20;

class sql_store final : public store {
public:
    sql_store(engine e, store_keys keys)
        : engine_(std::move(e)),
          db_(engine_.write()),
          vault_(std::move(keys.master)),
          ledger_(std::move(keys.seal)),
          environment_(std::move(keys.environment)),
          readers_(engine_.read, most_readers) {
        engine_.prepare(*db_);
        sql::refuse_unfinished(*db_);
        must_fit(*db_);
        writer_ = std::make_unique<sql::writer>(*db_);
    }

    store_health health() override {
        auto out = writer_->health();
        out.damaged = damaged_;
        return out;
    }
    void probe() override {
        writer_->run([](connection& db) {
            statement(db, "INSERT INTO attempt(delivery,at,outcome,peer) VALUES('',0,'','')").run();
            statement(db, "DELETE FROM attempt WHERE delivery=''").run();
        });
        writer_->recovered();
    }
    commit_result commit(submission const& s, std::vector<event> const& events) override {
        std::vector<std::string> sealed;
        for (std::size_t i = 0; i < s.documents.size(); ++i)
            sealed.push_back(vault_.seal(sql::content_id(s.id, i), s.documents[i].bytes));
        commit_result out{commit_result::kind::stored, s.id};
        writer_->run([&](connection& db) {
            statement same(
                db,
                "SELECT id,request_digest FROM submission WHERE emitter=? AND idempotency_key=?");
            if (same.bind(s.emitter).bind(s.idempotency_key).step()) {
                out.id = same.text();
                out.what = same.text() == s.request_digest ? commit_result::kind::repeated
                                                           : commit_result::kind::conflict;
                if (out.what == commit_result::kind::repeated) heal(db, out.id, s);
                // Only a change makes this commit wait until the first one is on the standby too.
                statement(db, "UPDATE submission SET channel=channel WHERE id=?")
                    .bind(out.id)
                    .run();
                return;
            }
            insert(db, s, sealed);
            for (auto const& e : events) ledger_.append(db, e, s.received_at);
            wake_others(db);
        });
        return out;
    }

    std::vector<lease> take(std::string const& holder, instant at, std::int64_t lease_ms,
                            std::size_t most, std::vector<std::string> const& blocked,
                            std::vector<std::string> const& at_work) override {
        std::vector<lease> out;
        if (most == 0) return out;
        writer_->run([&](connection& db) {
            auto got = sql::take(db, {holder, at, lease_ms, most, blocked, at_work});
            end_damaged(db, got.damaged, at);
            out = std::move(got.leases);
        });
        return out;
    }

    bool renew(lease& l, instant at, std::int64_t lease_ms) override {
        bool held = false;
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE delivery SET lease_until=? WHERE id=? AND fence=? AND state='leased' "
                      "AND lease_until>?")
                .bind(at + lease_ms)
                .bind(l.delivery)
                .bind(l.fence)
                .bind(at)
                .run();
            held = db.changes() == 1;
        });
        if (held) l.until = at + lease_ms;
        return held;
    }

    bool pin(lease const& l, std::map<std::string, std::string> const& fixed) override {
        bool held = false;
        writer_->run([&](connection& db) {
            statement(db, "UPDATE delivery SET fixed=? WHERE id=? AND fence=? AND state='leased'")
                .bind(sql::map_text(fixed))
                .bind(l.delivery)
                .bind(l.fence)
                .run();
            held = db.changes() == 1;
        });
        return held;
    }

    bool settle(lease const& l, settlement const& s) override {
        bool held = false;
        writer_->run([&](connection& db) {
            auto state = name_of(s.to);
            statement(db,
                      "UPDATE delivery SET "
                      "state=?,next_at=?,reason=?,attempts=attempts+1,holder='',lease_until=0 "
                      "WHERE id=? AND fence=? AND state='leased'")
                .bind(state)
                .bind(s.next_attempt_at)
                .bind(s.reason)
                .bind(l.delivery)
                .bind(l.fence)
                .run();
            held = db.changes() == 1;
            if (!held) return;
            if (!s.fixed.empty())
                statement(db, "UPDATE delivery SET fixed=? WHERE id=?")
                    .bind(sql::map_text(s.fixed))
                    .bind(l.delivery)
                    .run();
            statement(db, "INSERT INTO attempt(delivery,at,outcome,peer) VALUES(?,?,?,?)")
                .bind(l.delivery)
                .bind(s.at)
                .bind(state)
                .bind(s.peer)
                .run();
            for (auto const& r : s.receipts)
                statement(db, "INSERT INTO receipt(delivery,kind,at,detail) VALUES(?,?,?,?)")
                    .bind(l.delivery)
                    .bind(r.kind)
                    .bind(r.at)
                    .bind(r.detail)
                    .run();
            record_end(db, {l.delivery, s.to, s.at, "gateway", s.peer});
            for (auto const& e : s.events) ledger_.append(db, e, s.at);
        });
        return held;
    }

    bool release(lease const& l) override {
        bool held = false;
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE delivery SET state='queued',holder='',lease_until=0 "
                      "WHERE id=? AND fence=? AND state='leased'")
                .bind(l.delivery)
                .bind(l.fence)
                .run();
            held = db.changes() == 1;
            if (held) wake_others(db);
        });
        return held;
    }

    std::vector<expired> expire(instant at, std::size_t most, bool untried) override {
        std::vector<expired> out;
        auto text = "SELECT d.id,d.kind FROM delivery d" + sql::by_index(*db_, "delivery_expiry") +
                    " WHERE d.state IN ('queued','deferred','leased') "
                    "AND d.state<>'leased' AND d.expires_at>0 AND d.expires_at<=? " +
                    std::string(untried ? "" : "AND d.attempts>0 ") +
                    "ORDER BY d.expires_at,d.seq LIMIT ?" + db_->speaks().skip_locked;
        writer_->run([&](connection& db) {
            out.clear();
            end_damaged(db, sql::of_no_kind(db, most), at);
            {
                statement find(db, text);
                find.bind(at).bind(static_cast<std::int64_t>(most));
                while (find.step()) {
                    auto id = find.text();
                    out.push_back({id, sql::kind_named(find.text())});
                }
            }
            for (auto const& e : out)
                end_failed(db, e.delivery, at,
                           "expired: the destination did not take it within the configured time",
                           "expired");
        });
        return out;
    }

    void rebase(instant at, instant farthest) override {
        writer_->run([&](connection& db) {
            statement(db, "UPDATE delivery" + sql::by_index(db, "delivery_due") +
                              " SET next_at=? WHERE state IN ('queued','deferred','leased') "
                              "AND kind IN ('dmp','his','mssante','patient') AND "
                              "next_at>?")
                .bind(at)
                .bind(farthest)
                .run();
            statement(db, "UPDATE delivery" + sql::by_index(db, "delivery_leased") +
                              " SET lease_until=? WHERE state='leased' AND lease_until>?")
                .bind(farthest)
                .bind(farthest)
                .run();
            // One that is under way waits for its lease in the same place: it is cut, not due.
            statement(db, "UPDATE notice SET next_at=? WHERE done=0 AND next_at>?")
                .bind(farthest)
                .bind(farthest)
                .run();
        });
    }

    std::vector<std::string> purge(instant ended, instant at, std::size_t most) override {
        std::vector<std::string> out;
        // The states are looked at again: contents do not come back. The row bears the name that
        // `skip_locked` knows.
        auto text =
            "SELECT d.id,(SELECT COALESCE(CAST(SUM(c.size) AS BIGINT),0) FROM document c "
            "WHERE c.submission=d.id) FROM submission d" +
            sql::by_index(*db_, "submission_ended") +
            " WHERE d.ended_at>0 AND d.ended_at<=? AND d.purged_at=0 AND NOT EXISTS(SELECT 1 FROM "
            "delivery e" +
            sql::by_index(*db_, "delivery_submission") +
            " WHERE e.submission=d.id AND e.state IN ('queued','deferred','leased')) "
            "ORDER BY d.ended_at LIMIT ?" +
            std::string(db_->speaks().skip_locked);
        writer_->run([&](connection& db) {
            out.clear();
            {
                statement find(db, text);
                find.bind(ended).bind(static_cast<std::int64_t>(most));
                for (std::int64_t bytes = 0; find.step();) {
                    auto id = find.text();
                    bytes += find.number();
                    if (!out.empty() && bytes > most_purged_bytes) break;
                    out.push_back(std::move(id));
                }
            }
            for (auto const& id : out) {
                statement(db, "UPDATE document SET content=? WHERE submission=?")
                    .blob("")
                    .bind(id)
                    .run();
                statement(db, "UPDATE submission SET purged_at=? WHERE id=?")
                    .bind(at)
                    .bind(id)
                    .run();
                ledger_.append(db, {"content.purged", "gateway", {{"submission", id}}}, at);
            }
        });
        return out;
    }

    std::vector<stored_document> documents(std::string const& id) override {
        auto reading = readers_.take();
        return sql::contents(*reading, vault_, id);
    }
    std::optional<submission> load(std::string const& id) override {
        auto reading = readers_.take();
        return sql::load(*reading, id);
    }
    std::optional<submission_view> view(std::string const& id) override {
        auto reading = readers_.take();
        return sql::view(*reading, id);
    }
    std::vector<delivery_view> list(std::optional<delivery_state> wanted,
                                    std::size_t most) override {
        auto reading = readers_.take();
        return sql::list(*reading, wanted, most);
    }
    std::optional<delivery_view> delivery(std::string const& id) override {
        auto reading = readers_.take();
        return sql::delivery(*reading, id);
    }
    std::map<std::string, std::int64_t> counts() override {
        auto reading = readers_.take();
        return sql::counts(*reading);
    }
    instant next_due(instant at) override {
        auto reading = readers_.take();
        return sql::next_due(*reading, at);
    }
    instant time() override {
        auto reading = readers_.take();
        return engine_.time(*reading);
    }
    // The whole account may take minutes: on a connection of its own.
    void read_ledger(std::function<void(ledger_event const&)> const& tell) override {
        ledger_.read(*engine_.read(), tell);
    }
    ledger_report verify_ledger() override { return ledger_.verify(*engine_.read()); }

    bool retry(std::string const& id, std::string const& actor, instant at) override {
        bool done = false;
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE delivery SET state='queued',next_at=?,reason='',expires_at=CASE WHEN "
                      "expires_at>0 AND expires_at<? THEN ? ELSE expires_at END "
                      "WHERE id=? AND state IN ('deferred','failed') AND NOT EXISTS(SELECT 1 FROM "
                      "submission s WHERE s.id=delivery.submission AND s.purged_at>0)")
                .bind(at)
                .bind(at + one_day)
                .bind(at + one_day)
                .bind(id)
                .run();
            done = db.changes() == 1;
            if (!done) return;
            statement(db,
                      "UPDATE submission SET ended_at=0 WHERE id=(SELECT submission FROM delivery "
                      "WHERE id=?)")
                .bind(id)
                .run();
            ledger_.append(db, {"admin.retry", actor, {{"delivery", id}}}, at);
            wake_others(db);
        });
        return done;
    }

    bool cancel(std::string const& id, std::string const& actor, std::string const& why,
                instant at) override {
        bool done = false;
        writer_->run([&](connection& db) {
            // A leased delivery is on its way: its outcome must be known before anything is
            // promised about it.
            statement(db,
                      "UPDATE delivery SET state='cancelled',reason=? WHERE id=? AND state IN "
                      "('queued','deferred')")
                .bind(why)
                .bind(id)
                .run();
            done = db.changes() == 1;
            if (done) record_end(db, {id, delivery_state::cancelled, at, actor, {}});
        });
        return done;
    }

    void on_work(std::function<void()> call) override {
        watch_.reset();
        if (call && engine_.watch) watch_ = engine_.watch(std::move(call));
    }

    void record(event const& e, instant at) override {
        writer_->run([&](connection& db) { ledger_.append(db, e, at); });
    }
    std::vector<notice> take_notices(instant at, std::int64_t lease_ms, std::size_t most) override {
        std::vector<notice> out;
        writer_->run([&](connection& db) {
            out.clear();
            {
                statement find(db,
                               "SELECT delivery,submission,attempts FROM notice WHERE done=0 AND "
                               "next_at<=? ORDER BY next_at,delivery LIMIT ?");
                find.bind(at).bind(static_cast<std::int64_t>(most));
                while (find.step()) {
                    notice n;
                    n.delivery = find.text();
                    n.submission = find.text();
                    n.attempts = static_cast<int>(find.number());
                    out.push_back(std::move(n));
                }
            }
            for (auto const& n : out)
                statement(db, "UPDATE notice SET next_at=? WHERE delivery=?")
                    .bind(at + lease_ms)
                    .bind(n.delivery)
                    .run();
        });
        return out;
    }

    void notice_done(std::string const& id, bool sent, std::string const& detail, instant at,
                     instant next) override {
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE notice SET done=?,next_at=?,attempts=attempts+1 WHERE delivery=? AND "
                      "done=0")
                .bind(sent ? std::int64_t{1} : 0)
                .bind(next)
                .bind(id)
                .run();
            // Its turn ran out and another told the emitter: that account stands.
            if (db.changes() == 0) return;
            statement(db, "INSERT INTO receipt(delivery,kind,at,detail) VALUES(?,?,?,?)")
                .bind(id)
                .bind("dsn")
                .bind(at)
                .bind(detail)
                .run();
            ledger_.append(
                db,
                {"notice.attempted", "gateway", {{"delivery", id}, {"final", sent ? "yes" : "no"}}},
                at);
        });
    }

private:
    /// With another master key every content would look damaged, and every delivery fail. One
    /// content alone may be damaged indeed.
    void must_fit(connection& db) const {
        std::vector<std::string> latest;
        {
            statement find(db, "SELECT submission FROM delivery ORDER BY seq DESC LIMIT 20");
            while (find.step()) latest.push_back(find.text());
        }
        latest.erase(std::unique(latest.begin(), latest.end()), latest.end());
        std::size_t looked = 0;
        for (auto const& id : latest) {
            statement find(db,
                           "SELECT substr(content,1,60) FROM document WHERE submission=? AND n=0");
            if (!find.bind(id).step()) continue;
            auto head = find.text();
            if (head.empty()) continue;  // purged
            if (vault_.fits(sql::content_id(id, 0), head)) return;
            ++looked;
        }
        if (looked > 1)
            throw store_unavailable(
                "the master key (keys.master_file) opens nothing of this store");
    }
    void end_damaged(connection& db, std::vector<sql::unreadable> const& all, instant at) {
        for (auto const& d : all) {
            ++damaged_;
            log::trouble(log::event::content_corrupt, "delivery " + d.delivery + ": " + d.why);
            end_failed(db, d.delivery, at, std::string(damaged_mark) + d.why, "damaged");
        }
    }
    void end_failed(connection& db, std::string const& id, instant at, std::string const& reason,
                    std::string const& code) const {
        statement(db,
                  "UPDATE delivery SET state='failed',reason=?,holder='',lease_until=0 WHERE id=?")
            .bind(reason)
            .bind(id)
            .run();
        record_end(db, {id, delivery_state::failed, at, "gateway", code});
    }
    void record_end(connection& db, sql::ending const& e) const {
        sql::record_end(db, ledger_, environment_, e);
    }
    static void wake_others(connection& db) {
        if (*db.speaks().wake_others != '\0') db.run(db.speaks().wake_others);
    }

    /// The emitter has brought a damaged content again: it takes the place of what was stored, and
    /// what had failed for it goes on.
    void heal(connection& db, std::string const& id, submission const& again) const {
        std::vector<std::string> waiting;
        {
            statement find(db,
                           "SELECT id FROM delivery WHERE submission=? AND state='failed' AND "
                           "substr(reason,1,9)=?");
            find.bind(id).bind(damaged_mark);
            while (find.step()) waiting.push_back(find.text());
        }
        if (waiting.empty()) return;
        for (std::size_t n = 0; n < again.documents.size(); ++n) {
            auto sealed = vault_.seal(sql::content_id(id, n), again.documents[n].bytes);
            statement(db, "UPDATE document SET content=? WHERE submission=? AND n=?")
                .blob(sealed)
                .bind(id)
                .bind(static_cast<std::int64_t>(n))
                .run();
        }
        statement(db, "UPDATE submission SET body=?,ended_at=0,purged_at=0 WHERE id=?")
            .bind(sql::body_of(again))
            .bind(id)
            .run();
        for (auto const& d : waiting)
            statement(db,
                      "UPDATE delivery SET state='queued',next_at=?,reason='',expires_at=CASE WHEN "
                      "expires_at>0 AND expires_at<? THEN ? ELSE expires_at END WHERE id=?")
                .bind(again.received_at)
                .bind(again.received_at + one_day)
                .bind(again.received_at + one_day)
                .bind(d)
                .run();
        ledger_.append(db, {"content.healed", again.emitter, {{"submission", id}}},
                       again.received_at);
        wake_others(db);
    }

    static void insert(connection& db, submission const& s,
                       std::vector<std::string> const& sealed) {
        statement(db,
                  "INSERT INTO submission(id,emitter,channel,received_at,idempotency_key,"
                  "request_digest,return_path,body,ended_at) VALUES(?,?,?,?,?,?,?,?,?)")
            .bind(s.id)
            .bind(s.emitter)
            .bind(s.channel)
            .bind(s.received_at)
            .bind(s.idempotency_key)
            .bind(s.request_digest)
            .bind(s.return_path)
            .bind(sql::body_of(s))
            .bind(s.deliveries.empty() ? s.received_at : 0)
            .run();
        for (std::size_t i = 0; i < s.documents.size(); ++i) {
            auto const& d = s.documents[i];
            statement(db,
                      "INSERT INTO document(submission,n,unique_id,set_id,version,type_code,title,"
                      "sha256,ins_status,size,content) VALUES(?,?,?,?,?,?,?,?,?,?,?)")
                .bind(s.id)
                .bind(static_cast<std::int64_t>(i))
                .bind(d.unique_id)
                .bind(d.set_id)
                .bind(d.version)
                .bind(d.type_code)
                .bind(d.title)
                .bind(d.sha256)
                .bind(d.ins_status)
                .bind(static_cast<std::int64_t>(d.size))
                .blob(sealed[i])
                .run();
        }
        for (auto const& d : s.deliveries)
            statement(db,
                      "INSERT INTO "
                      "delivery(id,submission,kind,address,order_key,state,fixed,next_at,expires_"
                      "at) VALUES(?,?,?,?,?,'queued',?,?,?)")
                .bind(d.id)
                .bind(s.id)
                .bind(name_of(d.kind))
                .bind(d.address)
                .bind(d.order_key)
                .bind(sql::map_text(d.fixed))
                .bind(s.received_at)
                .bind(d.expires_at)
                .run();
    }

    engine engine_;
    std::unique_ptr<connection> db_;
    vault vault_;
    sql::ledger ledger_;
    std::string environment_;
    sql::pool readers_;
    std::atomic<std::int64_t> damaged_{0};
    std::unique_ptr<sql::writer> writer_;
    std::shared_ptr<void> watch_;
};
}  // namespace

std::unique_ptr<store> open_store(engine e, store_keys keys) {
    return std::make_unique<sql_store>(std::move(e), std::move(keys));
}
}  // namespace gateway
