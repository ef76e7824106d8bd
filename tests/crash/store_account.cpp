/// What the script puts in, and what a store tells of itself.
#include <fcntl.h>
#include <unistd.h>

#include <set>

#include "certs/digest.hpp"
#include "gateway/store/engine.hpp"
#include "store_load.hpp"

namespace crash {
std::string database_of(std::string const& folder) { return folder + "/s.sqlite"; }
std::unique_ptr<gateway::store> open_store(std::string const& folder) {
    return gateway::open_store(gateway::sqlite_engine(database_of(folder)),
                               {std::string(32, 'k'), std::string(32, 's')});
}

gateway::submission make(int n) {
    constexpr std::size_t sizes[] = {300, 40'000, 5'000, 120'000};
    auto name = std::to_string(n);
    gateway::submission s;
    s.id = "s" + name;
    s.emitter = "dpi";
    s.channel = n % 3 == 2 ? "https" : "smtp";
    s.return_path = n % 3 == 2 ? "" : "dpi@hopital.example";
    s.received_at = 1000 + n;
    s.idempotency_key = "key " + name;
    s.request_digest = "digest of " + name;
    for (int i = 0; i <= n % 2; ++i) {
        gateway::stored_document d;
        d.unique_id = "1.2.3." + name + "." + std::to_string(i);
        d.set_id = d.unique_id;
        d.version = "1";
        d.type_code = "11490-0";
        d.size = sizes[static_cast<std::size_t>(n + i) % std::size(sizes)];
        while (d.bytes.size() < d.size) d.bytes += d.unique_id + "\n";
        d.bytes.resize(d.size);
        d.sha256 = certs::sha256_hex(d.bytes);
        d.ins_status = "qualified";
        s.documents.push_back(std::move(d));
    }
    for (auto kind : {gateway::destination_kind::dmp, gateway::destination_kind::mssante}) {
        gateway::new_delivery d;
        d.id = s.id + "." + std::string(gateway::name_of(kind));
        d.kind = kind;
        d.address = kind == gateway::destination_kind::dmp ? "" : "dr.x@cabinet.example";
        // Now and then one must wait for the one before.
        d.order_key = std::to_string(n - (n % 5 == 4 ? 1 : 0)) + "|" + d.address;
        d.expires_at = end_of_time;
        d.fixed = {{"messageId", "unpinned"}};
        s.deliveries.push_back(std::move(d));
    }
    return s;
}

std::map<std::string, std::int64_t> owed_notices(std::string const& folder) {
    std::map<std::string, std::int64_t> out;
    auto db = gateway::sql::open_sqlite_database(database_of(folder), gateway::sql::access::read);
    gateway::sql::statement find(*db, "SELECT delivery,attempts FROM notice WHERE done=0");
    while (find.step()) {
        auto id = find.text();
        out[id] = find.number();
    }
    return out;
}

std::string account_of(gateway::store& st, std::string const& folder) {
    std::string all;
    auto tell = [&](auto const&... words) {
        ((all += std::to_string(std::string_view(words).size()) + ":", all += words), ...);
        all += '\n';
    };
    auto number = [](auto n) { return std::to_string(n); };
    std::set<std::string> submissions;
    for (auto const& d : st.list({}, 1'000'000)) {
        submissions.insert(d.submission);
        auto state =
            d.state == gateway::delivery_state::leased ? gateway::delivery_state::queued : d.state;
        tell(d.id, d.submission, d.address, gateway::name_of(d.kind), gateway::name_of(state),
             d.reason, number(d.next_attempt_at), number(d.expires_at));
        for (auto const& a : d.attempts) tell(number(a.at), a.outcome, a.peer);
        for (auto const& r : d.receipts) tell(r.kind, number(r.at), r.detail);
    }
    for (auto const& id : submissions) {
        auto s = st.load(id);
        if (!s) throw std::runtime_error("a delivery without its submission " + id);
        tell(s->id, s->emitter, s->channel, number(s->received_at), s->idempotency_key,
             s->request_digest, s->return_path, number(s->documents.size()));
        for (auto const& d : st.documents(id)) tell(d.unique_id, d.sha256, d.bytes);
    }
    for (auto const& [delivery, attempts] : owed_notices(folder)) tell(delivery, number(attempts));
    st.read_ledger([&](auto const& e) { tell(number(e.sequence), e.hash); });
    return certs::sha256_hex(all);
}

scribe::scribe(std::string folder, std::string const& path, detail d)
    : folder_(std::move(folder)),
      fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
      detail_(d) {
    if (fd_ < 0) throw std::runtime_error("cannot write " + path);
}
scribe::~scribe() { ::close(fd_); }
void scribe::call_returned(gateway::store& st, std::string promises) const {
    promises += "call";
    if (detail_ == detail::accounts) promises += " " + account_of(st, folder_);
    promises += "\n";
    // One write for all: a cut in another thread leaves it whole or leaves a last line without its
    // end. No sync: only the folder's power is cut, here the process just ends.
    if (::write(fd_, promises.data(), promises.size()) != static_cast<ssize_t>(promises.size()))
        throw std::runtime_error("cannot write promises");
}
}  // namespace crash
