#include "every_state.hpp"

#include <algorithm>

#include "certs/digest.hpp"
#include "gateway/store/tables.hpp"

using gateway::delivery_state;

void fill_every_state(gateway::store& st) {
    for (std::string key : {"deferred", "delivered", "failed", "cancelled", "leased", "queued"}) {
        auto s = make(key, key + "|dmp|", 2);
        s.documents[0].bytes = key == "queued" ? std::string(3'000'000, 'q') : "<cda/>" + key;
        s.documents[0].sha256 = certs::sha256_hex(s.documents[0].bytes);
        s.documents[0].size = s.documents[0].bytes.size();
        s.documents.push_back(s.documents[0]);
        s.documents[1].unique_id += ".2";
        s.documents[1].title = "titre \xE9t\xE9";
        s.asked.recipients = {"dr.x@cabinet.example"};
        st.commit(s, {{"submission.accepted", "dpi", {{"submission", s.id}}}});
        if (key == "queued") continue;
        auto first = st.take("h", 1500, 10'000'000, 1, {}).at(0);
        st.pin(first, {{"lotId", "2.25.7"}, {"sent", "yes"}});
        if (key == "leased") continue;
        if (key == "cancelled") {
            st.release(first);
            st.cancel(first.delivery, "anne", "wrong patient", 1600);
            st.cancel(s.deliveries[1].id, "anne", "wrong patient", 1601);
            continue;
        }
        auto to = key == "deferred"    ? delivery_state::deferred
                  : key == "delivered" ? delivery_state::delivered
                                       : delivery_state::failed;
        st.settle(first, ends(to, to == delivery_state::deferred ? 9'000'000 : 0));
        auto second = st.take("h", 1700, 1000, 1, {}).at(0);
        st.settle(second, ends(to, to == delivery_state::deferred ? 9'000'000 : 0));
    }
    auto owed = st.take_notices(3000, 100, 1);
    st.notice_done(owed.at(0).delivery, true, "250 ok", 3000, 0);
}

std::vector<std::string> everything(gateway::sql::connection& db) {
    std::vector<std::string> out;
    for (auto const& t : gateway::sql::tables()) {
        gateway::sql::cursor read(db, t);
        for (auto rows = read.page(100); !rows.empty(); rows = read.page(100))
            for (auto const& r : rows) {
                std::string line = t.name;
                for (auto const& v : r) {
                    auto n = std::get_if<std::int64_t>(&v);
                    line += "|" + (n != nullptr ? std::to_string(*n) : std::get<std::string>(v));
                }
                out.push_back(line + "|" + certs::sha256_hex(read.content(r)));
            }
    }
    std::sort(out.begin(), out.end());
    return out;
}
