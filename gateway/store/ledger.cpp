#include "gateway/store/ledger.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json.hpp>

#include "certs/digest.hpp"

namespace gateway::sqlite {
namespace {
std::string hash_of(ledger_event const& e, std::string const& fields) {
    std::string all;
    for (auto const& piece :
         {e.previous, std::to_string(e.sequence), std::to_string(e.at), e.type, e.actor, fields})
        all += std::to_string(piece.size()) + ":" + piece;
    return certs::sha256_hex(all);
}
std::string write(std::map<std::string, std::string> const& fields) {
    boost::json::object out;  // a map is sorted, so that the text is canonical
    for (auto const& [key, value] : fields) out[key] = value;
    return boost::json::serialize(out);
}
std::map<std::string, std::string> parse(std::string const& text) {
    std::map<std::string, std::string> out;
    boost::system::error_code ec;
    auto v = boost::json::parse(text, ec);
    if (ec || !v.is_object()) return out;
    for (auto const& item : v.get_object())
        if (item.value().is_string())
            out[std::string(item.key())] = std::string(item.value().get_string());
    return out;
}
struct row {
    ledger_event said;
    std::string fields;
};
row next(statement& s) {
    row r;
    r.said.sequence = s.number();
    r.said.at = s.number();
    r.said.type = s.text();
    r.said.actor = s.text();
    r.fields = s.text();
    r.said.previous = s.text();
    r.said.hash = s.text();
    return r;
}
constexpr char const* all =
    "SELECT seq,at,type,actor,fields,previous,hash FROM ledger ORDER BY seq";
}  // namespace

std::string ledger::seal(std::int64_t seq, std::string const& hash) const {
    auto text = std::to_string(seq) + ":" + hash;
    std::string out(32, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
         reinterpret_cast<unsigned char const*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(out.data()), &size);
    return certs::hex(out);
}

void ledger::append(connection& db, event const& e, instant at) const {
    ledger_event said;
    statement head(db, "SELECT seq,hash FROM ledger_head");
    if (head.step()) {
        said.sequence = head.number();
        said.previous = head.text();
    }
    ++said.sequence;
    said.at = at;
    said.type = e.type;
    said.actor = e.actor;
    auto fields = write(e.fields);
    said.hash = hash_of(said, fields);
    statement(db, "INSERT INTO ledger VALUES(?,?,?,?,?,?,?)")
        .bind(said.sequence)
        .bind(at)
        .bind(e.type)
        .bind(e.actor)
        .bind(fields)
        .bind(said.previous)
        .bind(said.hash)
        .run();
    statement(db, "INSERT OR REPLACE INTO ledger_head VALUES(1,?,?,?)")
        .bind(said.sequence)
        .bind(said.hash)
        .bind(seal(said.sequence, said.hash))
        .run();
}

void ledger::read(connection& db, std::function<void(ledger_event const&)> const& tell) const {
    statement s(db, all);
    while (s.step()) {
        auto r = next(s);
        r.said.fields = parse(r.fields);
        tell(r.said);
    }
}

ledger_report ledger::verify(connection& db) const {
    ledger_report out;
    auto bad = [&](std::int64_t seq, char const* why) {
        out.valid = false;
        out.bad_sequence = seq;
        out.reason = why;
        return out;
    };
    db.run("BEGIN");  // one snapshot of events and head, however busy the daemon is
    struct end {
        connection& db;
        ~end() { sqlite3_exec(db.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }
    } finish{db};
    statement s(db, all);
    std::string previous;
    while (s.step()) {
        auto r = next(s);
        if (r.said.sequence != out.events + 1) return bad(out.events + 1, "an event is missing");
        if (r.said.previous != previous)
            return bad(r.said.sequence, "an event does not follow the one before");
        if (r.said.hash != hash_of(r.said, r.fields))
            return bad(r.said.sequence, "an event was altered");
        previous = r.said.hash;
        ++out.events;
    }
    statement head(db, "SELECT seq,hash,seal FROM ledger_head");
    if (!head.step()) return out.events == 0 ? out : bad(out.events, "the sealed head is missing");
    auto seq = head.number();
    out.head = head.text();
    if (head.text() != seal(seq, out.head)) return bad(seq, "the head's seal is not ours");
    if (seq != out.events || out.head != previous)
        return bad(out.events + 1, "the last events are missing");
    out.seals = 1;
    return out;
}
}  // namespace gateway::sqlite
