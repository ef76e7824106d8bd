#include "gateway/store/reading.hpp"

#include <algorithm>

#include "gateway/store/rows.hpp"

namespace gateway::sql {
namespace {
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

stored_document facts(statement& find) {
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

std::vector<delivery_view> views(connection& db, std::string const& where, std::string const& value,
                                 std::int64_t limit) {
    auto text =
        "SELECT id,submission,kind,address,state,reason,next_at,expires_at FROM delivery " + where;
    statement find(db, text);
    find.bind(value);
    if (limit >= 0) find.bind(limit);
    std::vector<delivery_view> out;
    while (find.step()) {
        delivery_view d;
        d.id = find.text();
        d.submission = find.text();
        auto kind = find.text();
        d.address = find.text();
        auto state = find.text();
        d.reason = find.text();
        try {
            d.kind = kind_named(kind);
            d.state = state_named(state);
        } catch (record_damaged const& what) {
            d.state = delivery_state::failed;
            d.reason = std::string(damaged_mark) + what.what();
        }
        d.next_attempt_at = find.number();
        d.expires_at = find.number();
        statement attempts(db,
                           "SELECT at,outcome,peer FROM attempt WHERE delivery=? ORDER BY rowid");
        attempts.bind(d.id);
        while (attempts.step()) {
            attempt a;
            a.at = attempts.number();
            a.outcome = attempts.text();
            a.peer = attempts.text();
            d.attempts.push_back(std::move(a));
        }
        statement receipts(db,
                           "SELECT kind,at,detail FROM receipt WHERE delivery=? ORDER BY rowid");
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
}  // namespace

std::string content_id(std::string const& submission, std::size_t n) {
    return submission + "/" + std::to_string(n);
}

std::vector<stored_document> contents(connection& db, vault const& keys, std::string const& id) {
    statement find(
        db,
        "SELECT unique_id,set_id,version,type_code,title,sha256,ins_status,size,n,content FROM "
        "document WHERE submission=? ORDER BY n");
    find.bind(id);
    std::vector<stored_document> out;
    while (find.step()) {
        auto d = facts(find);
        auto n = static_cast<std::size_t>(find.number());
        auto sealed = find.text();  // never empty while it is there
        if (sealed.empty()) throw content_purged("the contents of the submission were purged");
        try {
            d.bytes = keys.open(content_id(id, n), sealed);
        } catch (content_corrupt const&) {
            throw content_corrupt("document " + std::to_string(n + 1) + " of submission " + id +
                                  " is not what was stored");
        }
        out.push_back(std::move(d));
    }
    return out;
}

std::vector<stored_document> documents(connection& db, std::string const& id) {
    statement find(db,
                   "SELECT unique_id,set_id,version,type_code,title,sha256,ins_status,size "
                   "FROM document WHERE submission=? ORDER BY n");
    find.bind(id);
    std::vector<stored_document> out;
    while (find.step()) out.push_back(facts(find));
    return out;
}

std::optional<submission> load(connection& db, std::string const& id) {
    statement find(
        db,
        "SELECT emitter,channel,received_at,idempotency_key,request_digest,return_path,body,"
        "purged_at FROM submission WHERE id=?");
    if (!find.bind(id).step()) return std::nullopt;
    submission s;
    s.id = id;
    s.emitter = find.text();
    s.channel = find.text();
    s.received_at = find.number();
    s.idempotency_key = find.text();
    s.request_digest = find.text();
    s.return_path = find.text();
    s.damaged = !read_body(find.text(), s);
    s.purged_at = find.number();
    s.documents = documents(db, id);
    return s;
}

std::optional<submission_view> view(connection& db, std::string const& id) {
    auto s = load(db, id);
    if (!s) return std::nullopt;
    submission_view out;
    out.id = id;
    out.emitter = s->emitter;
    out.channel = s->channel;
    out.received_at = s->received_at;
    out.documents = s->documents;
    out.found = s->found;
    out.purged_at = s->purged_at;
    out.deliveries = views(db, "WHERE submission=? ORDER BY seq", id, -1);
    out.state = state_of(out.deliveries);
    return out;
}

std::vector<delivery_view> list(connection& db, std::optional<delivery_state> wanted,
                                std::size_t most) {
    auto limit = static_cast<std::int64_t>(most);
    if (wanted)
        return views(db, "WHERE state=? ORDER BY seq DESC LIMIT ?", std::string(name_of(*wanted)),
                     limit);
    return views(db, "WHERE ?='' ORDER BY seq DESC LIMIT ?", "", limit);
}

std::optional<delivery_view> delivery(connection& db, std::string const& id) {
    auto found = views(db, "WHERE id=?", id, -1);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::map<std::string, std::int64_t> counts(connection& db) {
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

instant next_due(connection& db, instant at) {
    statement find(db,
                   "SELECT MIN(CASE WHEN next_at>lease_until THEN next_at ELSE lease_until END) "
                   "FROM delivery WHERE state IN ('queued','deferred','leased')");
    auto due = find.step() ? find.number() : 0;
    return due == 0 ? 0 : std::max(due, at);
}
}  // namespace gateway::sql
