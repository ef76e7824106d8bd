#include "gateway/store/copy.hpp"

#include "gateway/store/ledger.hpp"

namespace gateway {
namespace {
constexpr std::size_t page = 500;

/// Calls for each row with its content, in the order of the key.
template <class Each>
void walk(sql::connection& db, sql::table const& t, tell_progress const& tell,
          std::string_view part, Each each) {
    sql::cursor read(db, t);
    transfer_progress seen{part, 0, 0};
    for (auto rows = read.page(page); !rows.empty(); rows = read.page(page)) {
        for (auto& r : rows) {
            auto content = read.content(r);
            seen.bytes += static_cast<std::int64_t>(content.size());
            bool large = !content.empty();
            each(r, std::move(content));
            ++seen.rows;
            if (large) tell(seen);
        }
        tell(seen);
    }
}

transferred copy(sql::connection& from, filling& to, sql::table const& t,
                 tell_progress const& tell) {
    sql::table_digest digest;
    walk(from, t, tell, t.name, [&](sql::row& r, std::string content) {
        normalise(t, r);
        digest.add(t, r, content);
        to.add(t, std::move(r), std::move(content));
    });
    to.flush();
    return {t.name, digest.rows(), digest.hex()};
}

void compare(filling& to, transferred const& wanted, tell_progress const& tell) {
    auto const& t = sql::table_named(wanted.table);
    sql::table_digest digest;
    walk(to.db(), t, tell, "verify",
         [&](sql::row const& r, std::string const& content) { digest.add(t, r, content); });
    if (digest.rows() != wanted.rows || digest.hex() != wanted.digest)
        throw transfer_refused({"la table " + wanted.table + " n'est pas la même des deux côtés",
                                "the table " + wanted.table + " is not the same on both sides"});
}
}  // namespace

std::vector<transferred> copy_store(engine const& from, engine const& to,
                                    std::string const& seal_key, tell_progress const& tell) {
    auto source = open_source(from, sql::access::read);
    filling target(to);
    std::vector<transferred> out;
    for (auto const& t : sql::tables()) out.push_back(copy(*source, target, t, tell));
    for (auto const& one : out) compare(target, one, tell);
    auto account = sql::ledger(seal_key).verify(target.db());
    if (!account.valid)
        throw transfer_refused(
            {"le compte copié ne se vérifie pas, à l'événement " +
                 std::to_string(account.bad_sequence) +
                 " : vérifiez celui d'origine (liaison ledger verify) et sa clé de scellement",
             "the copied account does not verify, at event " +
                 std::to_string(account.bad_sequence) +
                 ": verify that of the source (liaison ledger verify) and its seal key"});
    target.done();
    return out;
}
}  // namespace gateway
