#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <ostream>

#include "gateway/cli/report.hpp"

namespace gateway::cli {
namespace json = boost::json;

struct sarif_log::state {
    language words;
    json::array results, rules;
    std::map<std::string, std::size_t> rule_index;
};

sarif_log::sarif_log(language l) : state_(new state{l, {}, {}, {}}) {}
sarif_log::~sarif_log() = default;

namespace {
/// A path as a URI reference: what is not plain is percent-encoded.
std::string uri_of(std::string const& file) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : file) {
        auto u = static_cast<unsigned char>(c);
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     std::string_view("-._~/").find(c) != std::string_view::npos;
        if (plain)
            out += c;
        else
            out.append({'%', hex[u >> 4], hex[u & 15]});
    }
    return out;
}
char const* level_of(cda::severity s) {
    return s == cda::severity::error ? "error" : s == cda::severity::warning ? "warning" : "note";
}
}  // namespace

void sarif_log::add(std::string const& file, cda::findings const& found,
                    std::vector<std::string> const& texts) {
    auto in = [&](cda::text const& t) -> std::string const& {
        return state_->words == language::fr ? t.fr : t.en;
    };
    for (auto const& f : found) {
        auto [at, fresh] = state_->rule_index.try_emplace(f.rule, state_->rules.size());
        if (fresh)
            state_->rules.push_back(json::object{{"id", f.rule},
                                                 {"shortDescription", {{"text", in(f.message)}}},
                                                 {"help", {{"text", in(f.remedy)}}}});
        json::object physical{{"artifactLocation", {{"uri", uri_of(file)}}}};
        if (f.line > 0) {
            json::object region{{"startLine", f.line}};
            auto which = document_of(f.location);
            if (f.column > 0 && which < texts.size()) {
                auto line = line_of(texts[which], f.line);
                auto before = line.substr(0, static_cast<std::size_t>(f.column - 1));
                region["startColumn"] = characters(before) + 1;
            }
            physical["region"] = std::move(region);
        }
        json::object place{{"physicalLocation", std::move(physical)}};
        if (!f.location.empty())
            place["logicalLocations"] =
                json::array{json::object{{"fullyQualifiedName", f.location}}};
        state_->results.push_back(
            json::object{{"ruleId", f.rule},
                         {"ruleIndex", at->second},
                         {"level", level_of(f.level)},
                         {"message", {{"text", in(f.message) + ". → " + in(f.remedy)}}},
                         {"locations", json::array{std::move(place)}}});
    }
}

void sarif_log::print(std::ostream& out) const {
    json::object driver{
        {"name", "liaison"}, {"version", LIAISON_VERSION}, {"rules", state_->rules}};
    json::object run{{"tool", {{"driver", std::move(driver)}}},
                     {"columnKind", "unicodeCodePoints"},
                     {"results", state_->results}};
    out << json::serialize(
               json::object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                            {"version", "2.1.0"},
                            {"runs", json::array{std::move(run)}}})
        << '\n';
}
}  // namespace gateway::cli
