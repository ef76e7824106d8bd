#include "gateway/cli/rules.hpp"

#include <boost/json.hpp>
#include <iostream>
#include <set>

#include "cda/check.hpp"
#include "cda/rulebook.hpp"
#include "gateway/admin/json.hpp"

namespace gateway::cli {
namespace {
namespace json = boost::json;

/// A rule of either kind, as it is shown. A declared rule may have several parts.
struct shown {
    std::string id, source, pack, applies_to, at, test;
    cda::severity level;
    cda::text message, remedy;
};

std::vector<shown> all() {
    std::vector<shown> out;
    for (auto const& r : cda::catalogue::shipped().rules())
        out.push_back({r.id, r.source, "", "", "", "", r.level, r.message, r.remedy});
    auto const& book = cda::rulebook::shipped();
    for (auto const& r : book.rules()) {
        auto const& p = book.packs()[r.pack];
        out.push_back({r.id, r.source, p.name + " " + p.version, p.when, r.at, r.test, r.level,
                       r.message, r.remedy});
    }
    return out;
}

std::string const& in(cda::text const& t, language l) { return l == language::fr ? t.fr : t.en; }

json::object to_object(shown const& r) {
    json::object out{{"id", r.id},
                     {"severity", name_of(r.level)},
                     {"source", r.source},
                     {"message", {{"fr", r.message.fr}, {"en", r.message.en}}},
                     {"remedy", {{"fr", r.remedy.fr}, {"en", r.remedy.en}}}};
    if (r.test.empty()) return out;
    out["pack"] = r.pack;
    if (!r.applies_to.empty()) out["appliesTo"] = r.applies_to;
    out["element"] = r.at;
    out["test"] = r.test;
    return out;
}

void print(shown const& r, bool explained, language l) {
    bool fr = l == language::fr;
    std::cout << r.id << "  " << name_of(r.level) << "  " << (r.pack.empty() ? r.source : r.pack)
              << "\n    " << in(r.message, l) << "\n    → " << in(r.remedy, l) << '\n';
    if (!explained) return;
    std::cout << (fr ? "    source    " : "    source    ") << r.source << '\n';
    if (r.test.empty()) {
        std::cout << (fr ? "    contrôle  prédicat du programme\n"
                         : "    test      a predicate in code\n");
        return;
    }
    if (!r.applies_to.empty())
        std::cout << (fr ? "    documents " : "    documents ") << r.applies_to << '\n';
    std::cout << (fr ? "    élément   " : "    element   ") << r.at << '\n'
              << (fr ? "    contrôle  " : "    test      ") << r.test << '\n';
}
}  // namespace

int run_rules(std::vector<std::string> const& words, output form, language l) {
    bool explained = !words.empty() && words[0] == "explain";
    bool named = explained || (!words.empty() && words[0] == "show");
    if ((named && words.size() != 2) || words.size() > 2) {
        std::cerr << "usage: liaison rules [list | show ID | explain ID]\n";
        return 2;
    }
    auto id = words.empty() || words[0] == "list" ? std::string{} : words.back();
    bool found = false;
    for (auto const& r : all()) {
        if (!id.empty() && r.id != id) continue;
        found = true;
        if (form == output::json)
            std::cout << json::serialize(to_object(r)) << '\n';
        else if (id.empty())
            std::cout << r.id << "  " << name_of(r.level) << "  " << in(r.message, l) << '\n';
        else
            print(r, explained, l);
    }
    if (found) return 0;
    std::cerr << (l == language::fr ? "pas de règle " : "no rule ") << id << '\n';
    return 1;
}
}  // namespace gateway::cli
