#include "gateway/pipeline.hpp"

#include <algorithm>

#include "certs/digest.hpp"
#include "gateway/check_settings.hpp"
#include "gateway/clock.hpp"
#include "gateway/log/event.hpp"
#include "gateway/plan.hpp"

namespace gateway {
namespace {
bool refuses(cda::findings const& found) {
    return std::any_of(found.begin(), found.end(),
                       [](auto const& f) { return f.level == cda::severity::error; });
}

void put(std::string& out, std::string_view piece) {
    out += std::to_string(piece.size());
    out += ':';
    out += piece;
}

/// The identity of a submission: same emitter, same uniqueIds and hashes, same wish.
std::string digest_of(handover const& h, std::vector<stored_document> const& documents) {
    std::string all;
    for (auto const& d : documents) {
        put(all, d.unique_id);
        put(all, d.sha256);
    }
    auto const& a = h.asked;
    put(all, name_of(a.op));
    put(all, a.dmp ? "dmp" : "");
    auto to = a.recipients;
    std::sort(to.begin(), to.end());
    for (auto const& r : to) put(all, r);
    put(all, a.patient ? "patient" : "");
    put(all, std::string{a.seen_by.masked_to_professionals ? 'm' : '-',
                         a.seen_by.hidden_from_patient ? 'p' : '-',
                         a.seen_by.hidden_from_representatives ? 'r' : '-'});
    put(all, a.body_professional);
    put(all, a.body_patient);
    return certs::sha256_hex(all);
}

std::vector<stored_document> to_store(cda::verdict const& v, std::vector<std::string>& bytes) {
    std::vector<stored_document> out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const& head = v.parsed[i].head();
        stored_document d;
        d.unique_id = head.unique_id();
        d.set_id = head.set();
        d.version = head.version_number;
        d.type_code = head.code.code;
        d.title = head.code.display_name;
        d.sha256 = certs::sha256_hex(bytes[i]);
        d.ins_status = v.documents[i].status == cda::ins_status::qualified ? "qualified" : "absent";
        d.size = bytes[i].size();
        d.bytes = std::move(bytes[i]);
        out.push_back(std::move(d));
    }
    return out;
}

std::vector<event> accepted_events(submission const& s) {
    std::vector<event> out;
    for (auto const& d : s.documents) {
        event e{"submission.accepted", s.emitter, {}};
        e.fields = {{"submission", s.id},
                    {"channel", s.channel},
                    {"uniqueId", d.unique_id},
                    {"setId", d.set_id},
                    {"version", d.version},
                    {"typeCode", d.type_code},
                    {"insStatus", d.ins_status},
                    {"sha256", d.sha256},
                    {"operation", std::string(name_of(s.asked.op))},
                    {"deliveries", std::to_string(s.deliveries.size())}};
        out.push_back(std::move(e));
    }
    return out;
}

/// Each use of an override is an act of the person who signed it.
std::vector<event> override_events(cda::verdict const& v) {
    std::vector<event> out;
    for (auto const& o : v.overrides_used)
        out.push_back({"rule.overridden",
                       o.author,
                       {{"rule", o.rule}, {"until", o.until}, {"reason", o.reason}}});
    return out;
}
}  // namespace

answer pipeline::refuse(std::string const& emitter, std::string const& channel, cda::findings found,
                        std::vector<event> also) {
    ++counters.refused;
    event e{"submission.refused", emitter, {{"channel", channel}}};
    std::string rules;
    for (auto const& f : found)
        if (f.level == cda::severity::error && rules.find(f.rule) == std::string::npos)
            rules += (rules.empty() ? "" : ",") + f.rule;
    e.fields["rules"] = rules;
    log::say(log::event::submission_refused,
             {{"emitter", log::id(emitter)}, {"rules", log::id(rules)}});
    try {
        for (auto const& a : also) store_.record(a, now());
        store_.record(e, now());
    } catch (store_unavailable const& trouble) {
        // The refusal stands whether or not the account can take it; the account's trouble is told
        // by readiness.
        log::trouble(log::event::store_trouble, trouble.what());
    }
    return {answer::kind::refused, "", std::move(found)};
}

answer pipeline::accept(std::shared_ptr<config const> const& c, emitter_settings const& emitter,
                        handover h, mode how) {
    std::vector<std::string_view> views(h.documents.begin(), h.documents.end());
    auto verdict = cda::check(views, check_options_of(*c));
    add_findings(verdict, compare_metadata(h.said, verdict));
    auto found = verdict.found;
    planned wanted;
    auto at = now();
    if (verdict.accepted && !refuses(found)) {
        wanted = plan(*c, emitter, h.asked, verdict, at);
        found.insert(found.end(), wanted.found.begin(), wanted.found.end());
    }
    if (how == mode::dry_run)
        return {refuses(found) || !verdict.accepted ? answer::kind::refused : answer::kind::checked,
                "", found};
    auto overridden = override_events(verdict);
    if (!verdict.accepted || refuses(found))
        return refuse(emitter.name, h.channel, std::move(found), std::move(overridden));

    submission s;
    try {
        // The first attempt is due at once, by the clock that the queue is judged by.
        s.received_at = store_.time();
        // So is the time that they have.
        for (auto& d : wanted.deliveries)
            if (d.expires_at != 0) d.expires_at += s.received_at - at;
    } catch (store_unavailable const& trouble) {
        ++counters.unavailable;
        log::trouble(log::event::store_trouble, trouble.what());
        return {answer::kind::unavailable, "", {}, {}};
    }
    s.id = certs::uuid();
    s.emitter = emitter.name;
    s.channel = h.channel;
    s.documents = to_store(verdict, h.documents);
    s.request_digest = digest_of(h, s.documents);
    s.idempotency_key =
        h.idempotency_key.empty() ? "content:" + s.request_digest : "key:" + h.idempotency_key;
    s.return_path = h.return_path;
    s.envid = h.envid;
    s.original_message_id = h.original_message_id;
    s.asked = h.asked;
    s.sender_mailbox = emitter.mailbox;
    s.deliveries = std::move(wanted.deliveries);
    s.found = found;
    try {
        auto events = accepted_events(s);
        for (auto& e : overridden) {
            e.fields["submission"] = s.id;
            events.push_back(std::move(e));
        }
        auto stored = store_.commit(s, events);
        if (stored.what == commit_result::kind::conflict)
            return {answer::kind::conflict,
                    stored.id,
                    {cda::catalogue::shipped().make("SUB-07", "Idempotency-Key")}};
        if (stored.what == commit_result::kind::repeated) {
            ++counters.repeated;
            log::say(log::event::submission_repeated, {{"submission", log::id(stored.id)}});
            return {answer::kind::repeated, stored.id, found};
        }
        ++counters.accepted;
        log::say(log::event::submission_accepted, {{"submission", log::id(s.id)}});
        return {answer::kind::accepted, stored.id, found};
    } catch (store_unavailable const& trouble) {
        ++counters.unavailable;
        log::trouble(log::event::store_trouble, trouble.what());
        return {answer::kind::unavailable, "", {}};
    }
}
}  // namespace gateway
