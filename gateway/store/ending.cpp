#include "gateway/store/ending.hpp"

#include <algorithm>

#include "gateway/store/reading.hpp"
#include "gateway/store/rows.hpp"

namespace gateway::sql {
namespace {
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
}  // namespace

void record_end(connection& db, ledger const& account, std::string const& environment,
                ending const& e) {
    statement find(db,
                   "SELECT d.kind,d.address,d.submission,s.emitter,s.channel,s.return_path,s.body "
                   "FROM delivery d "
                   "LEFT JOIN submission s ON s.id=d.submission WHERE d.id=?");
    if (!find.bind(e.delivery).step()) throw std::logic_error("no such delivery");
    auto kind = find.text(), address = find.text(), of = find.text(), emitter = find.text(),
         channel = find.text(), back = find.text();
    submission s;
    bool whole = read_body(find.text(), s);
    bool inside = domain_of(address) == domain_of(s.sender_mailbox);
    auto about = documents(db, of);
    if (about.empty()) about.emplace_back();  // damaged; the end is told all the same
    for (auto const& d : about) {
        event said{"delivery." + std::string(name_of(e.to)), e.actor, {}};
        said.fields = {{"delivery", e.delivery},
                       {"submission", of},
                       {"kind", kind},
                       {"emitter", emitter},
                       {"uniqueId", d.unique_id},
                       {"setId", d.set_id},
                       {"version", d.version},
                       {"typeCode", d.type_code},
                       {"insStatus", d.ins_status},
                       {"environment", environment},
                       {"scope", inside ? "internal" : "external"},
                       {"operation", std::string(name_of(s.asked.op))}};
        if (!whole) said.fields["damaged"] = "yes";
        if (!e.peer.empty()) said.fields["peer"] = codes_of(e.peer);
        account.append(db, said, e.at);
    }
    if (final_state(e.to))
        statement(db,
                  "UPDATE submission SET ended_at=? WHERE id=? AND NOT EXISTS(SELECT 1 FROM "
                  "delivery d" +
                      by_index(db, "delivery_submission") +
                      " WHERE d.submission=submission.id AND d.state IN "
                      "('queued','deferred','leased'))")
            .bind(e.at)
            .bind(of)
            .run();
    if (e.to == delivery_state::failed && channel == "smtp" && !back.empty())
        statement(db,
                  "INSERT INTO notice(delivery,submission,next_at) VALUES(?,?,?) "
                  "ON CONFLICT DO NOTHING")
            .bind(e.delivery)
            .bind(of)
            .bind(e.at)
            .run();
}
}  // namespace gateway::sql
