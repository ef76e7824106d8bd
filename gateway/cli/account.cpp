#include "gateway/cli/account.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "gateway/archive/ledger_form.hpp"
#include "gateway/config.hpp"
#include "gateway/indicators/indicators.hpp"
#include "gateway/open_store.hpp"

namespace gateway::cli {
namespace json = boost::json;
namespace {
json::object to_json(indicators::figure const& f) {
    json::array events;
    for (auto const& u : f.units) events.push_back(u.sequence);
    json::object out{{"id", f.about.id},
                     {"name", {{"fr", f.about.name.fr}, {"en", f.about.name.en}}},
                     {"numerator", f.units.size()},
                     {"unit", f.about.per_message ? "message" : "document"},
                     {"denominator", nullptr},
                     {"ledgerEvents", std::move(events)}};
    if (f.about.target) out["target"] = *f.about.target;
    if (f.about.min_count) out["minCount"] = *f.about.min_count;
    return out;
}
}  // namespace

int run_ledger_verify(std::string const& file, output form) {
    auto report = open_ledger(load_config(file)).verify();
    if (form == output::json) {
        json::object out{{"valid", report.valid},
                         {"events", report.events},
                         {"seals", report.seals},
                         {"head", report.head}};
        if (!report.valid) {
            out["badSequence"] = report.bad_sequence;
            out["reason"] = report.reason;
        }
        std::cout << json::serialize(out) << '\n';
    } else if (report.valid) {
        std::cout << "valid: " << report.events << " events, head " << report.head << '\n';
    } else {
        std::cout << "NOT VALID at event " << report.bad_sequence << ": " << report.reason << '\n';
    }
    return report.valid ? 0 : 1;
}

int run_ledger_export(std::string const& file) {
    open_ledger(load_config(file)).each([](ledger_event const& e) {
        std::cout << archive::line_of(e) << '\n';
    });
    std::cout.flush();
    return std::cout ? 0 : 2;
}

int run_indicators(indicators_request const& q) {
    auto c = load_config(q.config_file);
    auto defined = indicators::shipped();
    if (!q.definitions_file.empty()) {
        std::ifstream in(q.definitions_file);
        if (!in) throw std::runtime_error("cannot read " + q.definitions_file);
        std::ostringstream text;
        text << in.rdbuf();
        defined = indicators::load(text.str());
    }
    indicators::window w;
    auto date = [](std::string const& text, int later) {
        auto at = indicators::paris_midnight(text, later);
        if (!at) throw std::runtime_error("not a date (YYYY-MM-DD): " + text);
        return *at;
    };
    if (!q.from.empty()) w.from = date(q.from, 0);
    if (!q.to.empty()) w.until = date(q.to, 1);
    std::string environment = c.env == cda::environment::test ? "test" : "production";
    indicators::account count(defined, w, environment);
    open_ledger(c).each([&](ledger_event const& e) { count.take(e); });
    auto figures = count.figures();
    if (q.csv) {
        std::cout
            << "indicator;numerator;unit;denominator;target;from;to;environment;definitions\n";
        for (auto const& f : figures)
            std::cout << f.about.id << ';' << f.units.size() << ';'
                      << (f.about.per_message ? "message" : "document") << ";;"
                      << (f.about.target ? std::to_string(*f.about.target) : "") << ';' << q.from
                      << ';' << q.to << ';' << environment << ';' << defined.version << '\n';
    } else if (q.form == output::json) {
        json::array list;
        for (auto const& f : figures) list.push_back(to_json(f));
        std::cout << json::serialize(json::object{{"environment", environment},
                                                  {"definitions", defined.version},
                                                  {"from", q.from},
                                                  {"to", q.to},
                                                  {"indicators", std::move(list)}})
                  << '\n';
    } else {
        if (environment == "test")
            std::cout << "environnement de test : sans valeur / test environment: no value\n";
        for (auto const& f : figures)
            std::cout << f.about.id << "  " << f.units.size() << "  " << f.about.name.fr << " / "
                      << f.about.name.en << '\n';
        std::cout << "dénominateurs manquants : voir le guide / denominators missing: see the "
                     "guide\n";
    }
    std::cout.flush();
    return std::cout ? 0 : 2;
}
}  // namespace gateway::cli
