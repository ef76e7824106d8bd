#include "gateway/archive/submission_form.hpp"

#include <boost/json.hpp>

#include "gateway/admin/json.hpp"
#include "gateway/archive/files.hpp"
#include "gateway/archive/ledger_form.hpp"
#include "gateway/directives.hpp"
#include "gateway/store/reading.hpp"
#include "gateway/store/rows.hpp"
#include "gateway/store/utf8.hpp"

namespace gateway::archive {
namespace json = boost::json;
namespace {
std::string text(json::value const& o, char const* key) {
    auto const& s = o.at(key).as_string();
    return {s.data(), s.size()};
}
std::int64_t number(json::value const& o, char const* key) {
    return o.at(key).to_number<std::int64_t>();
}
json::value time(instant at) { return at == 0 ? json::value(nullptr) : json::value(iso_of(at)); }
instant time(json::value const& o, char const* key) {
    return o.at(key).is_null() ? 0 : instant_of(text(o, key));
}

json::object directives_form(directives const& a) {
    return {{"operation", std::string(name_of(a.op))},
            {"dmp", a.dmp},
            {"recipients", json::array(a.recipients.begin(), a.recipients.end())},
            {"patient", a.patient},
            {"visibility",
             {{"maskedToProfessionals", a.seen_by.masked_to_professionals},
              {"hiddenFromPatient", a.seen_by.hidden_from_patient},
              {"hiddenFromRepresentatives", a.seen_by.hidden_from_representatives}}},
            {"receipts", {{"delivery", a.delivery_receipt}, {"reading", a.reading_receipt}}},
            {"body", {{"professional", a.body_professional}, {"patient", a.body_patient}}},
            {"patientMayReply", a.patient_may_reply}};
}
cda::text both(json::value const& v) { return {text(v, "fr"), text(v, "en")}; }
cda::finding finding_from(json::value const& v) {
    cda::finding f;
    f.rule = text(v, "rule");
    auto level = text(v, "severity");
    f.level = level == "error"     ? cda::severity::error
              : level == "warning" ? cda::severity::warning
                                   : cda::severity::info;
    f.location = text(v, "location");
    f.line = static_cast<int>(number(v, "line"));
    f.column = static_cast<int>(number(v, "column"));
    f.message = both(v.at("message"));
    f.remedy = both(v.at("remedy"));
    auto const& o = v.as_object();
    if (o.contains("pack")) f.pack = text(v, "pack");
    if (auto note = o.if_contains("note")) f.note = both(*note);
    return f;
}

json::object delivery_form(kept_delivery const& d) {
    json::array attempts, receipts;
    for (auto const& a : d.about.attempts)
        attempts.push_back(
            json::object{{"at", time(a.at)}, {"outcome", a.outcome}, {"peer", a.peer}});
    for (auto const& r : d.about.receipts)
        receipts.push_back(
            json::object{{"kind", r.kind}, {"at", time(r.at)}, {"detail", r.detail}});
    json::object fixed;
    for (auto const& [key, value] : d.fixed) fixed[key] = value;
    json::value notice(nullptr);
    if (d.notice)
        notice = json::object{{"nextAttemptAt", time(d.notice->next_at)},
                              {"attempts", d.notice->attempts},
                              {"done", d.notice->done}};
    return {{"sequence", d.sequence},
            {"id", d.about.id},
            {"destination",
             {{"kind", std::string(name_of(d.about.kind))}, {"address", d.about.address}}},
            {"orderKey", d.order_key},
            {"state", std::string(name_of(d.about.state))},
            {"reason", d.about.reason},
            {"fixed", std::move(fixed)},
            {"nextAttemptAt", time(d.about.next_attempt_at)},
            {"expiresAt", time(d.about.expires_at)},
            {"fence", d.fence},
            {"attemptsMade", d.attempts},
            {"attempts", std::move(attempts)},
            {"receipts", std::move(receipts)},
            {"notice", std::move(notice)}};
}
kept_delivery delivery_from(json::value const& v) {
    kept_delivery d;
    d.sequence = number(v, "sequence");
    d.about.id = text(v, "id");
    d.about.kind = sql::kind_named(text(v.at("destination"), "kind"));
    d.about.address = text(v.at("destination"), "address");
    d.order_key = text(v, "orderKey");
    d.about.state = sql::state_named(text(v, "state"));
    d.about.reason = text(v, "reason");
    for (auto const& item : v.at("fixed").as_object())
        d.fixed[std::string(item.key())] = std::string(item.value().as_string());
    d.about.next_attempt_at = time(v, "nextAttemptAt");
    d.about.expires_at = time(v, "expiresAt");
    d.fence = number(v, "fence");
    d.attempts = number(v, "attemptsMade");
    for (auto const& a : v.at("attempts").as_array())
        d.about.attempts.push_back({time(a, "at"), text(a, "outcome"), text(a, "peer")});
    for (auto const& r : v.at("receipts").as_array())
        d.about.receipts.push_back({text(r, "kind"), time(r, "at"), text(r, "detail")});
    if (auto const& n = v.at("notice"); !n.is_null())
        d.notice =
            kept_notice{time(n, "nextAttemptAt"), number(n, "attempts"), n.at("done").as_bool()};
    return d;
}

void read_hidden(sql::connection& db, kept_delivery& d) {
    sql::statement find(db, "SELECT seq,fence,attempts,order_key,fixed FROM delivery WHERE id=?");
    if (!find.bind(d.about.id).step()) throw std::logic_error("a delivery vanished");
    d.sequence = find.number();
    d.fence = find.number();
    d.attempts = find.number();
    d.order_key = find.text();
    d.fixed = sql::read_map(find.text());
    sql::statement owed(db, "SELECT next_at,attempts,done FROM notice WHERE delivery=?");
    if (!owed.bind(d.about.id).step()) return;
    kept_notice n;
    n.next_at = owed.number();
    n.attempts = owed.number();
    n.done = owed.number() != 0;
    d.notice = n;
}
}  // namespace

void counts::add(kept_submission const& s) {
    ++submissions;
    auto n = static_cast<std::int64_t>(s.about.documents.size());
    documents += n;
    if (s.about.purged_at == 0) contents += n - static_cast<std::int64_t>(s.damaged.size());
    damaged += static_cast<std::int64_t>(s.damaged.size());
    for (auto const& d : s.deliveries) {
        ++deliveries;
        attempts += static_cast<std::int64_t>(d.about.attempts.size());
        receipts += static_cast<std::int64_t>(d.about.receipts.size());
        notices += d.notice ? 1 : 0;
    }
}
json::object to_json(counts const& c) {
    return {
        {"submissions", c.submissions}, {"documents", c.documents},   {"contents", c.contents},
        {"damaged", c.damaged},         {"deliveries", c.deliveries}, {"attempts", c.attempts},
        {"receipts", c.receipts},       {"notices", c.notices},       {"ledgerEvents", c.events}};
}
counts counts_from(json::value const& v) {
    return {number(v, "submissions"), number(v, "documents"),  number(v, "contents"),
            number(v, "damaged"),     number(v, "deliveries"), number(v, "attempts"),
            number(v, "receipts"),    number(v, "notices"),    number(v, "ledgerEvents")};
}

kept_submission read_submission(sql::connection& db, std::string const& id) {
    kept_submission out;
    auto about = sql::load(db, id);
    auto view = sql::view(db, id);
    if (!about || !view) throw std::runtime_error("a submission vanished while it was read");
    out.about = std::move(*about);
    {
        sql::statement ended(db, "SELECT ended_at FROM submission WHERE id=?");
        if (ended.bind(id).step()) out.ended_at = ended.number();
    }
    for (auto& d : view->deliveries) {
        // A lease is a promise of a gateway that runs no more.
        if (d.state == delivery_state::leased) d.state = delivery_state::queued;
        kept_delivery one;
        one.about = std::move(d);
        read_hidden(db, one);
        out.deliveries.push_back(std::move(one));
    }
    return out;
}

std::string text_of(kept_submission const& s) {
    auto const& a = s.about;
    json::array documents, deliveries;
    for (std::size_t i = 0; i < a.documents.size(); ++i) {
        auto const& d = a.documents[i];
        bool there = a.purged_at == 0 && !s.damaged.contains(i);
        documents.push_back(json::object{
            {"file", there ? json::value(document_path(a.id, i + 1)) : json::value(nullptr)},
            {"damaged", s.damaged.contains(i)},
            {"uniqueId", d.unique_id},
            {"setId", d.set_id},
            {"version", d.version},
            {"typeCode", d.type_code},
            {"title", d.title},
            {"insStatus", d.ins_status},
            {"sha256", d.sha256},
            {"size", d.size}});
    }
    for (auto const& d : s.deliveries) deliveries.push_back(delivery_form(d));
    json::object all{{"id", a.id},
                     {"emitter", a.emitter},
                     {"channel", a.channel},
                     {"receivedAt", time(a.received_at)},
                     {"endedAt", time(s.ended_at)},
                     {"contentsPurgedAt", time(a.purged_at)},
                     {"idempotencyKey", a.idempotency_key},
                     {"requestDigest", a.request_digest},
                     {"returnPath", a.return_path},
                     {"envelopeId", a.envid},
                     {"messageId", a.original_message_id},
                     {"mailbox", a.sender_mailbox},
                     {"damaged", a.damaged},
                     {"directives", directives_form(a.asked)},
                     {"documents", std::move(documents)},
                     {"deliveries", std::move(deliveries)},
                     {"findings", gateway::to_json(a.found)}};
    return sql::plain_text(json::serialize(all));
}

kept_submission submission_from(std::string const& from) {
    auto v = json::parse(from);
    kept_submission out;
    auto& a = out.about;
    a.id = text(v, "id");
    a.emitter = text(v, "emitter");
    a.channel = text(v, "channel");
    a.received_at = time(v, "receivedAt");
    out.ended_at = time(v, "endedAt");
    a.purged_at = time(v, "contentsPurgedAt");
    a.idempotency_key = text(v, "idempotencyKey");
    a.request_digest = text(v, "requestDigest");
    a.return_path = text(v, "returnPath");
    a.envid = text(v, "envelopeId");
    a.original_message_id = text(v, "messageId");
    a.sender_mailbox = text(v, "mailbox");
    a.damaged = v.at("damaged").as_bool();
    auto asked = parse_directives(std::string_view(json::serialize(v.at("directives"))));
    if (!std::holds_alternative<directives>(asked))
        throw std::runtime_error("directives that cannot be read");
    a.asked = std::get<directives>(asked);
    for (auto const& d : v.at("documents").as_array()) {
        stored_document one;
        one.unique_id = text(d, "uniqueId");
        one.set_id = text(d, "setId");
        one.version = text(d, "version");
        one.type_code = text(d, "typeCode");
        one.title = text(d, "title");
        one.ins_status = text(d, "insStatus");
        one.sha256 = text(d, "sha256");
        one.size = static_cast<std::size_t>(number(d, "size"));
        if (d.at("damaged").as_bool()) out.damaged.insert(a.documents.size());
        a.documents.push_back(std::move(one));
    }
    for (auto const& d : v.at("deliveries").as_array()) out.deliveries.push_back(delivery_from(d));
    for (auto const& f : v.at("findings").as_array()) a.found.push_back(finding_from(f));
    return out;
}

/// What was damaged stays so: nothing that could be taken for it takes its place, and its emitter
/// mends it by handing it over again.
constexpr std::string_view damaged_content = "damaged", damaged_body = "damaged";

void submission_writer::add(kept_submission const& s,
                            std::function<std::string(std::size_t)> const& sealed) {
    auto const& a = s.about;
    to_.add(sql::table_named("submission"),
            {a.id, a.emitter, a.channel, a.received_at, a.idempotency_key, a.request_digest,
             a.return_path, a.damaged ? std::string(damaged_body) : sql::body_of(a), s.ended_at,
             a.purged_at});
    for (std::size_t i = 0; i < a.documents.size(); ++i) {
        auto const& d = a.documents[i];
        to_.add(sql::table_named("document"),
                {a.id, static_cast<std::int64_t>(i), d.unique_id, d.set_id, d.version, d.type_code,
                 d.title, d.sha256, d.ins_status, static_cast<std::int64_t>(d.size), ""},
                a.purged_at != 0        ? std::string{}
                : s.damaged.contains(i) ? std::string(damaged_content)
                                        : sealed(i));
    }
    for (auto const& d : s.deliveries) add(a.id, d);
}

void submission_writer::add(std::string const& of, kept_delivery const& d) {
    auto const& v = d.about;
    to_.add(sql::table_named("delivery"),
            {d.sequence, v.id, of, std::string(name_of(v.kind)), v.address, d.order_key,
             std::string(name_of(v.state)), sql::map_text(d.fixed), v.reason, v.next_attempt_at,
             v.expires_at, "", std::int64_t{0}, d.fence, d.attempts});
    for (auto const& a : v.attempts)
        to_.add(sql::table_named("attempt"), {++attempts_, v.id, a.at, a.outcome, a.peer});
    for (auto const& r : v.receipts)
        to_.add(sql::table_named("receipt"), {++receipts_, v.id, r.kind, r.at, r.detail});
    if (d.notice)
        to_.add(sql::table_named("notice"), {v.id, of, d.notice->next_at, d.notice->attempts,
                                             std::int64_t{d.notice->done ? 1 : 0}});
}
}  // namespace gateway::archive
