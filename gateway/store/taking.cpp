#include "gateway/store/taking.hpp"

#include <algorithm>
#include <array>

#include "gateway/store/rows.hpp"

namespace gateway::sql {
namespace {
constexpr std::array kinds{destination_kind::dmp, destination_kind::his, destination_kind::mssante,
                           destination_kind::patient};

struct candidate {
    instant next_at;
    std::int64_t seq;
    std::string fixed;
    lease one;
};

std::string without(std::size_t deliveries) {
    std::string out;
    for (std::size_t i = 0; i < deliveries; ++i) out += i == 0 ? "AND d.id NOT IN (?" : ",?";
    return deliveries == 0 ? out : out + ") ";
}

/// The first of one kind that are due: a range of the index, not the whole queue.
void find(connection& db, asked_for const& a, destination_kind kind, std::vector<candidate>& out) {
    auto text =
        "SELECT d.next_at,d.seq,d.id,d.submission,d.address,d.fixed,d.fence,d.attempts,"
        "d.expires_at FROM delivery d" +
        by_index(db, "delivery_due") +
        " WHERE d.state IN ('queued','deferred','leased') AND d.kind=? AND d.next_at<=? AND "
        "d.lease_until<=? " +
        without(a.at_work.size()) + "AND NOT EXISTS(SELECT 1 FROM delivery e" +
        by_index(db, "delivery_order") +
        " WHERE e.order_key=d.order_key "
        "AND e.state IN ('queued','deferred','leased') "
        "AND (e.seq<d.seq OR e.seq>d.seq AND e.lease_until>?)) "
        "ORDER BY d.next_at, d.seq LIMIT ?" +
        std::string(db.speaks().skip_locked);
    statement due(db, text);
    due.bind(name_of(kind)).bind(a.at).bind(a.at);
    for (auto const& id : a.at_work) due.bind(id);
    due.bind(a.at);
    due.bind(static_cast<std::int64_t>(a.most));
    while (due.step()) {
        candidate c;
        c.next_at = due.number();
        c.seq = due.number();
        c.one.kind = kind;
        c.one.delivery = due.text();
        c.one.submission = due.text();
        c.one.address = due.text();
        c.fixed = due.text();
        c.one.fence = due.number() + 1;
        c.one.attempts = static_cast<int>(due.number());
        c.one.expires_at = due.number();
        c.one.holder = a.holder;
        c.one.until = a.at + a.lease_ms;
        out.push_back(std::move(c));
    }
}
}  // namespace

taken take(connection& db, asked_for const& a) {
    std::vector<candidate> all;
    for (auto kind : kinds)
        if (std::find(a.blocked.begin(), a.blocked.end(), name_of(kind)) == a.blocked.end())
            find(db, a, kind, all);
    std::sort(all.begin(), all.end(), [](candidate const& x, candidate const& y) {
        return std::pair(x.next_at, x.seq) < std::pair(y.next_at, y.seq);
    });
    if (all.size() > a.most) all.resize(a.most);
    taken out;
    for (auto& c : all) {
        try {
            c.one.fixed = read_map(c.fixed);
        } catch (record_damaged const& what) {
            out.damaged.push_back({c.one.delivery, what.what()});
            continue;
        }
        statement(db,
                  "UPDATE delivery SET state='leased',holder=?,lease_until=?,fence=? WHERE id=?")
            .bind(a.holder)
            .bind(c.one.until)
            .bind(c.one.fence)
            .bind(c.one.delivery)
            .run();
        out.leases.push_back(std::move(c.one));
    }
    return out;
}

std::vector<unreadable> of_no_kind(connection& db, std::size_t most) {
    // The gaps between our kinds, which are in the order of their names.
    std::vector<unreadable> out;
    for (std::size_t i = 0; i <= kinds.size() && out.size() < most; ++i) {
        auto text = "SELECT d.id FROM delivery d" + by_index(db, "delivery_due") +
                    " WHERE d.state IN ('queued','deferred','leased') AND d.state<>'leased'" +
                    (i > 0 ? " AND d.kind>?" : "") + (i < kinds.size() ? " AND d.kind<?" : "") +
                    " LIMIT ?" + db.speaks().skip_locked;
        statement gap(db, text);
        if (i > 0) gap.bind(name_of(kinds[i - 1]));
        if (i < kinds.size()) gap.bind(name_of(kinds[i]));
        gap.bind(static_cast<std::int64_t>(most - out.size()));
        while (gap.step())
            out.push_back({gap.text(), "the kind of the destination cannot be read"});
    }
    return out;
}
}  // namespace gateway::sql
