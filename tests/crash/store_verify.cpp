/// What a power cut left, held against what was promised before it.
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "certs/digest.hpp"
#include "store_load.hpp"

namespace crash {
namespace {
using gateway::delivery_state;

struct promised {
    std::map<std::string, std::vector<std::string>> submissions;  ///< id -> hashes
    std::map<std::string, std::string> states, fixed, notices;
    std::map<std::string, int> events;
};
promised read(std::string const& path) {
    promised out;
    std::ifstream in(path);
    std::vector<std::vector<std::string>> call;
    // getline also gives a last line that has no end: that one was not promised.
    for (std::string line; std::getline(in, line) && !in.eof();) {
        std::istringstream split(line);
        std::vector<std::string> words;
        for (std::string w; split >> w;) words.push_back(w);
        if (words.at(0) != "call") {
            call.push_back(std::move(words));
            continue;
        }
        for (auto const& p : call) {
            if (p[0] == "submission") out.submissions[p[1]] = {p.begin() + 2, p.end()};
            if (p[0] == "state") out.states[p[1]] = p[2];
            if (p[0] == "fixed") out.fixed[p[1]] = p[2];
            if (p[0] == "notice") out.notices[p[1]] = p[2];
            if (p[0] == "event") ++out.events[p[1] + " " + p[2] + " " + p[3]];
        }
        call.clear();
    }
    return out;
}

/// The call that was under way may have been kept too, and a leased delivery returns to the queue.
bool may_follow(std::string const& promised, std::string const& found) {
    if (promised == found) return true;
    if (promised == "failed") return found == "queued";
    return promised == "queued" || promised == "deferred";
}

class check {
public:
    check(std::string folder, promised p) : folder_(std::move(folder)), said_(std::move(p)) {}

    findings run() {
        {
            auto st = open_store(folder_);
            promises(*st);
            out_.account = account_of(*st, folder_);
            same_answer_again(*st);
            drain(*st);
            goes_on(*st);
        }
        structure();
        return std::move(out_);
    }

private:
    void must(bool holds, std::string const& what) {
        if (!holds) out_.broken.push_back(what);
    }

    void promises(gateway::store& st) {
        for (auto const& [id, hashes] : said_.submissions) {
            std::vector<std::string> found;
            for (auto const& d : st.documents(id)) found.push_back(certs::sha256_hex(d.bytes));
            must(st.load(id).has_value() && found == hashes, "documents of submission " + id);
        }
        for (auto const& [id, state] : said_.states) {
            auto d = st.delivery(id);
            must(d && may_follow(state, std::string(gateway::name_of(d->state))),
                 "delivery " + id + " was " + state + ", is " +
                     (d ? std::string(gateway::name_of(d->state)) : "gone"));
        }
        auto owed = owed_notices(folder_);
        for (auto const& [id, state] : said_.notices) {
            bool pending = owed.contains(id);
            bool told = false;
            if (auto d = st.delivery(id))
                told = std::any_of(d->receipts.begin(), d->receipts.end(),
                                   [](auto const& r) { return r.kind == "dsn"; });
            must(told != pending && (state == "owed" || told), "notice of " + id);
        }
        auto missing = said_.events;
        st.read_ledger([&](auto const& e) {
            for (auto const& [field, value] : e.fields)
                if (auto at = missing.find(e.type + " " + field + " " + value); at != missing.end())
                    --at->second;
        });
        for (auto const& [event, times] : missing) must(times <= 0, "event " + event);
        whole(st);
        must(st.verify_ledger().valid, "ledger: " + st.verify_ledger().reason);
    }
    /// Nothing is half there, promised or not.
    void whole(gateway::store& st) {
        for (auto const& d : st.list({}, 1'000'000)) {
            auto s = st.load(d.submission);
            auto made = s ? st.documents(d.submission) : std::vector<gateway::stored_document>{};
            bool read = !made.empty() && made.size() == s->documents.size();
            for (auto const& one : made)
                read = read && certs::sha256_hex(one.bytes) == one.sha256 &&
                       one.bytes.size() == one.size;
            must(read && st.view(d.submission)->deliveries.size() == 2,
                 "delivery " + d.id + " without all of its submission");
        }
    }
    /// An emitter that had an answer and asks again has the same one.
    void same_answer_again(gateway::store& st) {
        for (auto const& [id, hashes] : said_.submissions) {
            auto again = make(std::stoi(id.substr(1)));
            again.id = "other";
            auto said = st.commit(again, {});
            must(said.what == gateway::commit_result::kind::repeated && said.id == id,
                 "a second answer for submission " + id);
        }
    }
    /// Everything that waits can be delivered, under the ids that were pinned.
    void drain(gateway::store& st) {
        for (;;) {
            auto got = st.take("worker", end_of_time, 1000, 1000, {});
            if (got.empty()) break;
            for (auto const& l : got) {
                auto pinned = said_.fixed.find(l.delivery);
                must(pinned == said_.fixed.end() || l.fixed.at("messageId") == pinned->second,
                     "pinned id of " + l.delivery);
                gateway::settlement s;
                s.to = delivery_state::delivered;
                s.at = end_of_time;
                must(st.settle(l, s), "settling " + l.delivery);
            }
        }
        for (auto const& [state, n] : st.counts()) must(n == 0, "deliveries stay " + state);
    }
    void goes_on(gateway::store& st) {
        auto s = make(1000);
        must(st.commit(s, {}).what == gateway::commit_result::kind::stored, "a new commit");
        auto back = st.documents(s.id);
        must(back.size() == 1 && back[0].bytes == s.documents[0].bytes, "a new commit's document");
        auto report = st.verify_ledger();
        must(report.valid, "ledger, afterwards: " + report.reason);
    }
    /// SQLite's own opinion, the store being closed.
    void structure() {
        sqlite3* db = nullptr;
        sqlite3_open(database_of(folder_).c_str(), &db);
        auto tell = [](void* to, int n, char** columns, char**) {
            for (int i = 0; i < n; ++i)
                *static_cast<std::string*>(to) += columns[i] == nullptr ? "" : columns[i];
            return 0;
        };
        for (auto [pragma, good] :
             {std::pair{"PRAGMA integrity_check", "ok"}, {"PRAGMA foreign_key_check", ""}}) {
            std::string said;
            auto code = sqlite3_exec(db, pragma, tell, &said, nullptr);
            must(code == SQLITE_OK && said == good, std::string(pragma) + ": " + said);
        }
        sqlite3_close(db);
    }

    std::string folder_;
    promised said_;
    findings out_;
};
}  // namespace

findings verify(std::string const& folder, std::string const& promises) {
    return check(folder, read(promises)).run();
}
}  // namespace crash
