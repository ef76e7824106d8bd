#include "gateway/store/postgresql_connect.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "gateway/store/store.hpp"

namespace gateway::sql {
namespace {
struct server {
    std::string host, address, port;  ///< empty: as the conninfo and the environment have it
};

std::vector<std::string> split(char const* list) {
    std::vector<std::string> out;
    for (std::string_view rest = list == nullptr ? "" : list; !rest.empty();) {
        auto comma = rest.find(',');
        out.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    return out;
}

/// One by one, because libpq takes the first that accepts writes, and that may be one that was
/// replaced.
std::vector<server> servers_of(std::string const& conninfo) {
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> read(
        PQconninfoParse(conninfo.c_str(), nullptr), &PQconninfoFree);
    std::vector<std::string> hosts, addresses, ports;
    for (auto o = read.get(); o != nullptr && o->keyword != nullptr; ++o) {
        std::string_view key = o->keyword;
        if (key == "host") hosts = split(o->val);
        if (key == "hostaddr") addresses = split(o->val);
        if (key == "port") ports = split(o->val);
    }
    auto n = std::max(hosts.size(), addresses.size());
    auto lists_agree = [n](std::vector<std::string> const& l) {
        return l.empty() || l.size() == n;
    };
    // libpq says what is wrong with it.
    if (n < 2 || !lists_agree(hosts) || !lists_agree(addresses) ||
        (ports.size() > 1 && ports.size() != n))
        return {server{}};
    std::vector<server> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        if (!hosts.empty()) out[i].host = hosts[i];
        if (!addresses.empty()) out[i].address = addresses[i];
        if (!ports.empty()) out[i].port = ports.size() == 1 ? ports[0] : ports[i];
    }
    return out;
}

pg_connection reach(postgresql_options const& o, server const& s, std::string const& password) {
    // The first are defaults that the conninfo may change; the last are ours. An empty value
    // counts as not given.
    std::array<char const*, 15> const keys{"sslmode",
                                           "connect_timeout",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "target_session_attrs",
                                           "application_name",
                                           "dbname",
                                           "host",
                                           "hostaddr",
                                           "port",
                                           "client_encoding",
                                           "password",
                                           nullptr};
    std::array<char const*, 15> const values{"verify-full",
                                             "5",
                                             "10",
                                             "5",
                                             "3",
                                             "15000",
                                             "read-write",
                                             "liaison",
                                             o.conninfo.c_str(),
                                             s.host.c_str(),
                                             s.address.c_str(),
                                             s.port.c_str(),
                                             "UTF8",
                                             password.c_str(),
                                             nullptr};
    pg_connection db(PQconnectdbParams(keys.data(), values.data(), 1));
    // The log holds JSON lines alone, and a notice is no fault.
    PQsetNoticeReceiver(
        db.get(), [](void*, PGresult const*) {}, nullptr);
    return db;
}

/// The first eight hexadecimal digits of a log file's name are the timeline.
std::int64_t timeline_of(PGconn* db, postgresql_options const& o) {
    auto r =
        answer(db, PQsendQuery(db, "SELECT pg_walfile_name(pg_current_wal_lsn())"), o.patience);
    if (!r || PQresultStatus(r.get()) != PGRES_TUPLES_OK) throw store_unavailable(words_of(db));
    std::string_view name = PQgetvalue(r.get(), 0, 0);
    std::int64_t out = 0;
    std::from_chars(name.data(), name.data() + std::min<std::size_t>(name.size(), 8), out, 16);
    return out;
}

/// @throws store_unavailable when a later primary is known
void must_be_the_latest(std::int64_t its, postgresql_options const& o) {
    auto known = o.timeline->load();
    while (its > known && !o.timeline->compare_exchange_weak(known, its)) {
    }
    if (its < known)
        throw store_unavailable(
            "PostgreSQL: this server was replaced by another (it is on timeline " +
            std::to_string(its) + ", the last one seen is " + std::to_string(known) +
            "): stop it, or make it a standby");
}
}  // namespace

reached_server connect_postgresql(postgresql_options const& o) {
    auto password = o.password ? o.password() : std::string{};
    std::string why;
    for (auto const& s : servers_of(o.conninfo)) {
        try {
            auto db = reach(o, s, password);
            if (PQstatus(db.get()) != CONNECTION_OK) throw store_unavailable(words_of(db.get()));
            auto timeline = timeline_of(db.get(), o);
            must_be_the_latest(timeline, o);
            return {std::move(db), timeline};
        } catch (store_unavailable const& trouble) {
            why += (why.empty() ? "" : "; ") + std::string(trouble.what());
        }
    }
    throw store_unavailable(why);
}
}  // namespace gateway::sql
