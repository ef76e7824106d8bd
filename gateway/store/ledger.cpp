#include "gateway/store/ledger.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json.hpp>
#include <limits>

#include "certs/digest.hpp"
#include "gateway/store/utf8.hpp"

namespace gateway::sql {
namespace {
std::string hash_of(ledger_event const& e, std::string const& fields) {
    std::string all;
    for (auto const& piece :
         {e.previous, std::to_string(e.sequence), std::to_string(e.at), e.type, e.actor, fields})
        all += std::to_string(piece.size()) + ":" + piece;
    return certs::sha256_hex(all);
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
/// In pages: an account of years fits in no memory.
void each(connection& db, std::function<bool(row const&)> const& tell) {
    constexpr std::int64_t page = 1000;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (std::int64_t seen = page; seen == page;) {
        statement s(db,
                    "SELECT seq,at,type,actor,fields,previous,hash FROM ledger WHERE seq>? "
                    "ORDER BY seq LIMIT ?");
        s.bind(last).bind(page);
        for (seen = 0; s.step(); ++seen) {
            auto r = next(s);
            last = r.said.sequence;
            if (!tell(r)) return;
        }
    }
}
}  // namespace

std::string text_of(std::map<std::string, std::string> const& fields) {
    boost::json::object out;  // a map is sorted, so that the text is canonical
    for (auto const& [name, words] : fields) out[name] = words;
    return plain_text(boost::json::serialize(out));
}
std::string hash_of(ledger_event const& e) { return hash_of(e, text_of(e.fields)); }

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
    {
        statement head(db, "SELECT seq,hash FROM ledger_head");
        if (head.step()) {
            said.sequence = head.number();
            said.previous = head.text();
        }
    }
    ++said.sequence;
    said.at = at;
    // Hashed as it will be read back.
    said.type = plain_text(e.type);
    said.actor = plain_text(e.actor);
    auto fields = text_of(e.fields);
    said.hash = hash_of(said, fields);
    statement(db,
              "INSERT INTO ledger(seq,at,type,actor,fields,previous,hash) VALUES(?,?,?,?,?,?,?)")
        .bind(said.sequence)
        .bind(at)
        .bind(said.type)
        .bind(said.actor)
        .bind(fields)
        .bind(said.previous)
        .bind(said.hash)
        .run();
    statement(
        db,
        "INSERT INTO ledger_head(one,seq,hash,seal) VALUES(1,?,?,?) ON CONFLICT(one) DO UPDATE "
        "SET seq=excluded.seq,hash=excluded.hash,seal=excluded.seal")
        .bind(said.sequence)
        .bind(said.hash)
        .bind(seal(said.sequence, said.hash))
        .run();
}

void ledger::read(connection& db, std::function<void(ledger_event const&)> const& tell) const {
    each(db, [&](row const& r) {
        auto said = r.said;
        said.fields = parse(r.fields);
        tell(said);
        return true;
    });
}

ledger_report ledger::verify(connection& db) const {
    db.run(db.speaks().begin_reading);  // events and head of one moment, however busy the daemon is
    struct end {
        connection& db;
        ~end() { db.abandon(); }
    } finish{db};
    return verify_moment(db);
}

ledger_report ledger::verify_moment(connection& db) const {
    ledger_report out;
    auto bad = [&](std::int64_t seq, char const* why) {
        out.valid = false;
        out.bad_sequence = seq;
        out.reason = why;
    };
    std::string previous;
    each(db, [&](row const& r) {
        if (r.said.sequence != out.events + 1)
            bad(out.events + 1, "an event is missing");
        else if (r.said.previous != previous)
            bad(r.said.sequence, "an event does not follow the one before");
        else if (r.said.hash != hash_of(r.said, r.fields))
            bad(r.said.sequence, "an event was altered");
        if (!out.valid) return false;
        previous = r.said.hash;
        ++out.events;
        return true;
    });
    if (!out.valid) return out;
    statement head(db, "SELECT seq,hash,seal FROM ledger_head");
    if (!head.step()) {
        if (out.events != 0) bad(out.events, "the sealed head is missing");
        return out;
    }
    auto seq = head.number();
    out.head = head.text();
    if (head.text() != seal(seq, out.head))
        bad(seq, "the head's seal is not ours");
    else if (seq != out.events || out.head != previous)
        bad(out.events + 1, "the last events are missing");
    else
        out.seals = 1;
    return out;
}
}  // namespace gateway::sql
