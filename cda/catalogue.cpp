#include <toml++/toml.h>

#include <stdexcept>

#include "cda/check.hpp"
#include "cda/words.hpp"
#include "schemas/shipped.hpp"

namespace cda {
namespace {
[[noreturn]] void wrong(toml::node const& n, std::string const& what) {
    throw std::runtime_error("rule catalogue, line " + std::to_string(n.source().begin.line) +
                             ": " + what);
}
text read_text(toml::table const& t, char const* key) {
    text out{t[key]["fr"].value_or(std::string{}), t[key]["en"].value_or(std::string{})};
    if (out.fr.empty() || out.en.empty()) wrong(t, std::string(key) + " needs fr and en");
    return out;
}
severity read_severity(toml::table const& t) {
    auto name = t["severity"].value_or(std::string{});
    if (name == "error") return severity::error;
    if (name == "warning") return severity::warning;
    if (name == "info") return severity::info;
    wrong(t, "severity must be error, warning or info");
}
}  // namespace

catalogue catalogue::parse(std::string_view source) {
    catalogue out;
    toml::table root;
    try {
        root = toml::parse(source);
    } catch (toml::parse_error const& e) {
        throw std::runtime_error("rule catalogue, line " + std::to_string(e.source().begin.line) +
                                 ": " + std::string(e.description()));
    }
    auto list = root["rule"].as_array();
    if (list == nullptr) throw std::runtime_error("rule catalogue: no [[rule]]");
    for (auto const& item : *list) {
        auto t = item.as_table();
        if (t == nullptr) wrong(item, "a rule is a table");
        rule r{(*t)["id"].value_or(std::string{}), (*t)["source"].value_or(std::string{}),
               read_severity(*t), read_text(*t, "message"), read_text(*t, "remedy")};
        if (r.id.empty() || r.source.empty()) wrong(*t, "a rule needs id and source");
        for (auto const& known : out.rules_)
            if (known.id == r.id) wrong(*t, r.id + " stands twice");
        out.rules_.push_back(std::move(r));
    }
    return out;
}

catalogue::rule const& catalogue::at(std::string_view id) const {
    for (auto const& r : rules_)
        if (r.id == id) return r;
    throw std::logic_error("rule " + std::string(id) + " is not in the catalogue");
}

finding catalogue::make(std::string_view id, std::string location, int line,
                        std::vector<std::string> const& words) const {
    auto const& r = at(id);
    finding f;
    f.rule = r.id;
    f.level = r.level;
    f.location = std::move(location);
    f.line = line;
    f.message = filled(r.message, words);
    f.remedy = filled(r.remedy, words);
    return f;
}

catalogue const& catalogue::shipped() {
    static catalogue const one = parse(schemas::rules_predicates);
    return one;
}
}  // namespace cda
