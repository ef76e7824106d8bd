/// The embedded engine: SQLite, WAL, synchronous=FULL, one writer with grouped commits (design §4).
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>

#include "gateway/clock.hpp"
#include "gateway/store/ledger.hpp"
#include "gateway/store/rows.hpp"
#include "gateway/store/schema.hpp"
#include "gateway/store/store.hpp"
#include "gateway/store/vault.hpp"
#include "gateway/store/writer.hpp"

namespace gateway {
namespace {
using sqlite::connection;
using sqlite::statement;

/// Held as long as the store is open for writing: two daemons over one file would lease the same
/// delivery twice.
class process_lock {
public:
    explicit process_lock(std::string const& path)
        : fd_(::open((path + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw store_unavailable("cannot open " + path + ".lock");
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
        ::close(fd_);
        throw store_unavailable(path + " is in use by another process");
    }
    ~process_lock() { ::close(fd_); }
    process_lock(process_lock const&) = delete;
    process_lock& operator=(process_lock const&) = delete;

private:
    int fd_;
};

void migrate(connection& db) {
    statement version(db, "PRAGMA user_version");
    auto have = version.step() ? version.number() : 0;
    auto known = static_cast<std::int64_t>(sqlite::migrations.size());
    if (have > known)
        throw store_unavailable("the database was written by a newer version of Liaison");
    for (auto n = have; n < known; ++n) {
        db.run("BEGIN IMMEDIATE");
        db.run(sqlite::migrations[static_cast<std::size_t>(n)]);
        db.run(("PRAGMA user_version=" + std::to_string(n + 1)).c_str());
        db.run("COMMIT");
    }
}

std::string domain_of(std::string const& address) {
    return address.substr(std::min(address.find('@'), address.size()));
}

/// The codes that a peer's words begin with ("451 4.3.0", "XDSRegistryBusy"): the account lasts for
/// years and may hold no words that name a person.
std::string codes_of(std::string const& words) {
    std::string out;
    for (std::size_t at = 0; at < words.size() && out.size() < 60;) {
        auto end = std::min(words.find(' ', at), words.size());
        auto word = words.substr(at, end - at);
        bool number = !word.empty() && word.find_first_not_of("0123456789.") == std::string::npos;
        if (!number && at != 0) break;
        if (!number) return word.substr(0, std::min<std::size_t>(word.find(':'), 60));
        out += (out.empty() ? "" : " ") + word;
        at = end + 1;
    }
    return out;
}

bool final_state(delivery_state s) {
    return s == delivery_state::delivered || s == delivery_state::failed ||
           s == delivery_state::cancelled;
}

std::string state_of(std::vector<delivery_view> const& deliveries) {
    auto any = [&](delivery_state s) {
        return std::any_of(deliveries.begin(), deliveries.end(),
                           [&](auto const& d) { return d.state == s; });
    };
    if (any(delivery_state::failed)) return "failed";
    return std::all_of(deliveries.begin(), deliveries.end(),
                       [](auto const& d) { return final_state(d.state); })
               ? "done"
               : "accepted";
}

class sqlite_store final : public store {
public:
    explicit sqlite_store(sqlite_options const& o)
        : path_(o.path),
          lock_(o.path),
          db_(o.path, connection::access::write),
          vault_(o.master_key),
          ledger_(o.seal_key),
          environment_(o.environment) {
        migrate(db_);
        // The lock proves that every earlier holder is gone: its leases return at once.
        db_.run(
            "UPDATE delivery SET state='queued', holder='', lease_until=0 WHERE state='leased'");
        writer_ = std::make_unique<sqlite::writer>(db_);
    }

    commit_result commit(submission const& s, std::vector<event> const& events) override {
        std::vector<std::string> sealed;
        for (std::size_t i = 0; i < s.documents.size(); ++i)
            sealed.push_back(vault_.seal(content_id(s.id, i), s.documents[i].bytes));
        commit_result out{commit_result::kind::stored, s.id};
        writer_->run([&](connection& db) {
            statement same(
                db,
                "SELECT id,request_digest FROM submission WHERE emitter=? AND idempotency_key=?");
            if (same.bind(s.emitter).bind(s.idempotency_key).step()) {
                out.id = same.text();
                out.what = same.text() == s.request_digest ? commit_result::kind::repeated
                                                           : commit_result::kind::conflict;
                return;
            }
            insert(db, s, sealed);
            for (auto const& e : events) ledger_.append(db, e, s.received_at);
        });
        return out;
    }

    std::vector<lease> take(std::string const& holder, instant at, std::int64_t lease_ms,
                            std::size_t most, std::vector<std::string> const& blocked) override {
        std::vector<lease> out;
        if (most == 0) return out;
        std::string skip;
        for (std::size_t i = 0; i < blocked.size(); ++i) skip += i == 0 ? "?" : ",?";
        auto sql =
            "SELECT d.id,d.submission,d.kind,d.address,d.fixed,d.fence,d.attempts,d.expires_at "
            "FROM delivery d "
            "WHERE d.state IN ('queued','deferred','leased') AND d.next_at<=? AND d.lease_until<=? "
            "AND d.kind NOT IN (" +
            skip +
            ") AND NOT EXISTS(SELECT 1 FROM delivery e WHERE e.order_key=d.order_key AND "
            "e.seq<d.seq "
            "AND e.state IN ('queued','deferred','leased')) ORDER BY d.next_at, d.seq LIMIT ?";
        writer_->run([&](connection& db) {
            out.clear();
            statement find(db, sql.c_str());
            find.bind(at).bind(at);
            for (auto const& b : blocked) find.bind(b);
            find.bind(static_cast<std::int64_t>(most));
            while (find.step()) {
                lease l;
                l.delivery = find.text();
                l.submission = find.text();
                l.kind = sqlite::kind_named(find.text());
                l.address = find.text();
                l.fixed = sqlite::read_map(find.text());
                l.fence = find.number() + 1;
                l.attempts = static_cast<int>(find.number());
                l.expires_at = find.number();
                l.holder = holder;
                l.until = at + lease_ms;
                out.push_back(std::move(l));
            }
            for (auto const& l : out)
                statement(
                    db,
                    "UPDATE delivery SET state='leased',holder=?,lease_until=?,fence=? WHERE id=?")
                    .bind(holder)
                    .bind(l.until)
                    .bind(l.fence)
                    .bind(l.delivery)
                    .run();
        });
        return out;
    }

    bool renew(lease& l, instant at, std::int64_t lease_ms) override {
        bool held = false;
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE delivery SET lease_until=? WHERE id=? AND fence=? AND state='leased'")
                .bind(at + lease_ms)
                .bind(l.delivery)
                .bind(l.fence)
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
                .bind(sqlite::map_text(fixed))
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
                    .bind(sqlite::map_text(s.fixed))
                    .bind(l.delivery)
                    .run();
            statement(db, "INSERT INTO attempt VALUES(?,?,?,?)")
                .bind(l.delivery)
                .bind(s.at)
                .bind(state)
                .bind(s.peer)
                .run();
            for (auto const& r : s.receipts)
                statement(db, "INSERT INTO receipt VALUES(?,?,?,?)")
                    .bind(l.delivery)
                    .bind(r.kind)
                    .bind(r.at)
                    .bind(r.detail)
                    .run();
            record_end(db, l.delivery, s.to, s.at, "gateway", s.peer);
            for (auto const& e : s.events) ledger_.append(db, e, s.at);
        });
        return held;
    }

    std::vector<stored_document> documents(std::string const& id) override {
        connection db(path_, connection::access::read);
        statement find(
            db,
            "SELECT unique_id,set_id,version,type_code,title,sha256,ins_status,size,n,content FROM "
            "document WHERE submission=? ORDER BY n");
        find.bind(id);
        std::vector<stored_document> out;
        while (find.step()) {
            auto d = facts(find);
            auto n = static_cast<std::size_t>(find.number());
            d.bytes = vault_.open(content_id(id, n), find.text());
            out.push_back(std::move(d));
        }
        return out;
    }

    std::optional<submission> load(std::string const& id) override {
        connection db(path_, connection::access::read);
        return load(db, id);
    }

    std::optional<submission_view> view(std::string const& id) override {
        connection db(path_, connection::access::read);
        auto s = load(db, id);
        if (!s) return std::nullopt;
        submission_view out;
        out.id = id;
        out.emitter = s->emitter;
        out.channel = s->channel;
        out.received_at = s->received_at;
        out.documents = s->documents;
        out.found = s->found;
        out.deliveries = views(db, "WHERE submission=? ORDER BY seq", id, -1);
        out.state = state_of(out.deliveries);
        return out;
    }

    std::vector<delivery_view> list(std::optional<delivery_state> wanted,
                                    std::size_t most) override {
        connection db(path_, connection::access::read);
        auto limit = static_cast<std::int64_t>(most);
        if (wanted)
            return views(db, "WHERE state=? ORDER BY seq DESC LIMIT ?",
                         std::string(name_of(*wanted)), limit);
        return views(db, "WHERE ?='' ORDER BY seq DESC LIMIT ?", "", limit);
    }

    std::optional<delivery_view> delivery(std::string const& id) override {
        connection db(path_, connection::access::read);
        auto found = views(db, "WHERE id=?", id, -1);
        return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
    }

    bool retry(std::string const& id, std::string const& actor, instant at) override {
        bool done = false;
        writer_->run([&](connection& db) {
            statement(db,
                      "UPDATE delivery SET state='queued',next_at=?,reason='' WHERE id=? AND state "
                      "IN ('deferred','failed')")
                .bind(at)
                .bind(id)
                .run();
            done = db.changes() == 1;
            if (done) ledger_.append(db, {"admin.retry", actor, {{"delivery", id}}}, at);
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
            if (done) record_end(db, id, delivery_state::cancelled, at, actor);
        });
        return done;
    }

    void record(event const& e, instant at) override {
        writer_->run([&](connection& db) { ledger_.append(db, e, at); });
    }
    void read_ledger(std::function<void(ledger_event const&)> const& tell) override {
        connection db(path_, connection::access::read);
        ledger_.read(db, tell);
    }
    ledger_report verify_ledger() override {
        connection db(path_, connection::access::read);
        return ledger_.verify(db);
    }

    std::map<std::string, std::int64_t> counts() override {
        connection db(path_, connection::access::read);
        statement find(db,
                       "SELECT state,COUNT(*) FROM delivery WHERE state IN "
                       "('queued','deferred','leased') GROUP BY state");
        std::map<std::string, std::int64_t> out{{"queued", 0}, {"deferred", 0}, {"leased", 0}};
        while (find.step()) {
            auto state = find.text();
            out[state] = find.number();
        }
        return out;
    }

    instant next_due(instant at) override {
        connection db(path_, connection::access::read);
        statement find(db,
                       "SELECT MIN(MAX(next_at,lease_until)) FROM delivery WHERE state IN "
                       "('queued','deferred','leased')");
        auto due = find.step() ? find.number() : 0;
        return due == 0 ? 0 : std::max(due, at);
    }

    std::vector<notice> pending_notices(instant at, std::size_t most) override {
        connection db(path_, connection::access::read);
        statement find(db,
                       "SELECT delivery,submission,attempts FROM notice WHERE done=0 AND "
                       "next_at<=? ORDER BY next_at LIMIT ?");
        find.bind(at).bind(static_cast<std::int64_t>(most));
        std::vector<notice> out;
        while (find.step()) {
            notice n;
            n.delivery = find.text();
            n.submission = find.text();
            n.attempts = static_cast<int>(find.number());
            out.push_back(std::move(n));
        }
        return out;
    }

    void notice_done(std::string const& id, bool sent, std::string const& detail, instant at,
                     instant next) override {
        writer_->run([&](connection& db) {
            statement(db, "UPDATE notice SET done=?,next_at=?,attempts=attempts+1 WHERE delivery=?")
                .bind(sent ? std::int64_t{1} : 0)
                .bind(next)
                .bind(id)
                .run();
            statement(db, "INSERT INTO receipt VALUES(?,?,?,?)")
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
    static std::string content_id(std::string const& submission, std::size_t n) {
        return submission + "/" + std::to_string(n);
    }

    static void insert(connection& db, submission const& s,
                       std::vector<std::string> const& sealed) {
        statement(db, "INSERT INTO submission VALUES(?,?,?,?,?,?,?,?)")
            .bind(s.id)
            .bind(s.emitter)
            .bind(s.channel)
            .bind(s.received_at)
            .bind(s.idempotency_key)
            .bind(s.request_digest)
            .bind(s.return_path)
            .bind(sqlite::body_of(s))
            .run();
        for (std::size_t i = 0; i < s.documents.size(); ++i) {
            auto const& d = s.documents[i];
            statement(db, "INSERT INTO document VALUES(?,?,?,?,?,?,?,?,?,?,?)")
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
                .bind(sqlite::map_text(d.fixed))
                .bind(s.received_at)
                .bind(d.expires_at)
                .run();
    }

    static stored_document facts(statement& find) {
        stored_document d;
        d.unique_id = find.text();
        d.set_id = find.text();
        d.version = find.text();
        d.type_code = find.text();
        d.title = find.text();
        d.sha256 = find.text();
        d.ins_status = find.text();
        d.size = static_cast<std::size_t>(find.number());
        return d;
    }

    static std::optional<submission> load(connection& db, std::string const& id) {
        statement find(
            db,
            "SELECT emitter,channel,received_at,idempotency_key,request_digest,return_path,body "
            "FROM submission WHERE id=?");
        if (!find.bind(id).step()) return std::nullopt;
        submission s;
        s.id = id;
        s.emitter = find.text();
        s.channel = find.text();
        s.received_at = find.number();
        s.idempotency_key = find.text();
        s.request_digest = find.text();
        s.return_path = find.text();
        sqlite::read_body(find.text(), s);
        statement docs(db,
                       "SELECT unique_id,set_id,version,type_code,title,sha256,ins_status,size "
                       "FROM document WHERE submission=? ORDER BY n");
        docs.bind(id);
        while (docs.step()) s.documents.push_back(facts(docs));
        return s;
    }

    static std::vector<delivery_view> views(connection& db, std::string const& where,
                                            std::string const& value, std::int64_t limit) {
        auto sql =
            "SELECT id,submission,kind,address,state,reason,next_at,expires_at FROM delivery " +
            where;
        statement find(db, sql.c_str());
        find.bind(value);
        if (limit >= 0) find.bind(limit);
        std::vector<delivery_view> out;
        while (find.step()) {
            delivery_view d;
            d.id = find.text();
            d.submission = find.text();
            d.kind = sqlite::kind_named(find.text());
            d.address = find.text();
            d.state = sqlite::state_named(find.text());
            d.reason = find.text();
            d.next_attempt_at = find.number();
            d.expires_at = find.number();
            statement attempts(
                db, "SELECT at,outcome,peer FROM attempt WHERE delivery=? ORDER BY rowid");
            attempts.bind(d.id);
            while (attempts.step()) {
                attempt a;
                a.at = attempts.number();
                a.outcome = attempts.text();
                a.peer = attempts.text();
                d.attempts.push_back(std::move(a));
            }
            statement receipts(
                db, "SELECT kind,at,detail FROM receipt WHERE delivery=? ORDER BY rowid");
            receipts.bind(d.id);
            while (receipts.step()) {
                receipt r;
                r.kind = receipts.text();
                r.at = receipts.number();
                r.detail = receipts.text();
                d.receipts.push_back(std::move(r));
            }
            out.push_back(std::move(d));
        }
        return out;
    }

    /// The ledger's account of an attempt or an end, one event a document, with the fields that
    /// counting needs; and the notice that the emitter is owed.
    void record_end(connection& db, std::string const& id, delivery_state to, instant at,
                    std::string const& actor, std::string const& peer = {}) const {
        statement find(
            db,
            "SELECT d.kind,d.address,d.submission,s.emitter,s.channel,s.return_path,s.body "
            "FROM delivery d "
            "JOIN submission s ON s.id=d.submission WHERE d.id=?");
        if (!find.bind(id).step()) throw std::logic_error("a delivery without its submission");
        auto kind = find.text(), address = find.text(), of = find.text(), emitter = find.text(),
             channel = find.text(), back = find.text();
        submission s;
        sqlite::read_body(find.text(), s);
        bool inside = domain_of(address) == domain_of(s.sender_mailbox);
        statement docs(db,
                       "SELECT unique_id,set_id,version,type_code,title,sha256,ins_status,size "
                       "FROM document WHERE submission=? ORDER BY n");
        docs.bind(of);
        while (docs.step()) {
            auto d = facts(docs);
            event e{"delivery." + std::string(name_of(to)), actor, {}};
            e.fields = {{"delivery", id},
                        {"submission", of},
                        {"kind", kind},
                        {"emitter", emitter},
                        {"uniqueId", d.unique_id},
                        {"setId", d.set_id},
                        {"version", d.version},
                        {"typeCode", d.type_code},
                        {"insStatus", d.ins_status},
                        {"environment", environment_},
                        {"scope", inside ? "internal" : "external"},
                        {"operation", std::string(name_of(s.asked.op))}};
            if (!peer.empty()) e.fields["peer"] = codes_of(peer);
            ledger_.append(db, e, at);
        }
        if (to == delivery_state::failed && channel == "smtp" && !back.empty())
            statement(db, "INSERT OR IGNORE INTO notice(delivery,submission,next_at) VALUES(?,?,?)")
                .bind(id)
                .bind(of)
                .bind(at)
                .run();
    }

    std::string path_;
    process_lock lock_;
    connection db_;
    vault vault_;
    sqlite::ledger ledger_;
    std::string environment_;
    std::unique_ptr<sqlite::writer> writer_;
};
}  // namespace

std::unique_ptr<store> open_sqlite(sqlite_options const& o) {
    return std::make_unique<sqlite_store>(o);
}
}  // namespace gateway
