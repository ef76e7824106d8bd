#include "gateway/admin/json.hpp"

#include <boost/json.hpp>

#include "gateway/clock.hpp"

namespace gateway {
namespace json = boost::json;
namespace {
json::object both(cda::text const& t) { return {{"fr", t.fr}, {"en", t.en}}; }
}  // namespace

char const* name_of(cda::severity s) {
    return s == cda::severity::error ? "error" : s == cda::severity::warning ? "warning" : "info";
}

json::array to_json(cda::findings const& found) {
    json::array out;
    for (auto const& f : found) {
        json::object one{{"rule", f.rule},          {"severity", name_of(f.level)},
                         {"location", f.location},  {"line", f.line},
                         {"column", f.column},      {"message", both(f.message)},
                         {"remedy", both(f.remedy)}};
        if (!f.pack.empty()) one["pack"] = f.pack;
        if (!f.note.fr.empty()) one["note"] = both(f.note);
        out.push_back(std::move(one));
    }
    return out;
}

json::object to_json(delivery_view const& d) {
    json::array attempts, receipts;
    for (auto const& a : d.attempts)
        attempts.push_back(
            json::object{{"at", iso8601(a.at)}, {"outcome", a.outcome}, {"peer", a.peer}});
    for (auto const& r : d.receipts)
        receipts.push_back(
            json::object{{"kind", r.kind}, {"at", iso8601(r.at)}, {"detail", r.detail}});
    json::object out{
        {"id", d.id},
        {"submission", d.submission},
        {"destination", {{"kind", std::string(name_of(d.kind))}, {"address", d.address}}},
        {"state", std::string(name_of(d.state))},
        {"attempts", std::move(attempts)},
        {"receipts", std::move(receipts)}};
    if (!d.reason.empty()) out["reason"] = d.reason;
    bool waits = d.state == delivery_state::queued || d.state == delivery_state::deferred;
    out["nextAttemptAt"] = waits && d.next_attempt_at != 0 ? json::value(iso8601(d.next_attempt_at))
                                                           : json::value(nullptr);
    return out;
}

json::object to_json(submission_view const& s) {
    json::array documents, deliveries;
    for (auto const& d : s.documents)
        documents.push_back(json::object{{"uniqueId", d.unique_id},
                                         {"typeCode", d.type_code},
                                         {"sha256", d.sha256},
                                         {"size", d.size}});
    for (auto const& d : s.deliveries) deliveries.push_back(to_json(d));
    json::object out{{"id", s.id},
                     {"state", s.state},
                     {"receivedAt", iso8601(s.received_at)},
                     {"emitter", s.emitter},
                     {"channel", s.channel},
                     {"documents", std::move(documents)},
                     {"deliveries", std::move(deliveries)},
                     {"findings", to_json(s.found)}};
    if (s.purged_at != 0) out["contentsPurgedAt"] = iso8601(s.purged_at);
    return out;
}

json::object to_json(std::string const& file, cda::verdict const& v) {
    json::array documents;
    for (auto const& d : v.documents) {
        char const* status = d.status == cda::ins_status::qualified ? "qualified"
                             : d.status == cda::ins_status::refused ? "refused"
                                                                    : "absent";
        json::array packs;
        for (auto const& p : d.packs) packs.emplace_back(p);
        documents.push_back(json::object{{"uniqueId", d.unique_id},
                                         {"typeCode", d.type_code},
                                         {"template", d.template_root},
                                         {"templateVersion", d.template_version},
                                         {"packs", std::move(packs)},
                                         {"ins", {{"status", status}, {"oid", d.ins_root}}}});
    }
    json::array sets;
    for (auto const& s : v.sets)
        sets.push_back(json::object{{"oid", s.oid}, {"name", s.name}, {"version", s.version}});
    return {{"file", file},
            {"accepted", v.accepted},
            {"documents", std::move(documents)},
            {"valueSets", std::move(sets)},
            {"findings", to_json(v.found)}};
}
}  // namespace gateway
