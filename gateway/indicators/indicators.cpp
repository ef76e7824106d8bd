#include "gateway/indicators/indicators.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <chrono>
#include <schemas/shipped.hpp>
#include <set>
#include <stdexcept>

namespace gateway::indicators {
namespace {
template <class T>
T need(toml::table const& t, char const* key) {
    auto node = t.get(key);
    auto value = node == nullptr ? std::nullopt : node->value<T>();
    if (!value) throw std::runtime_error(std::string("indicator: ") + key + " is missing or wrong");
    return *value;
}

definition read(toml::table const& t) {
    definition d;
    d.id = need<std::string>(t, "id");
    auto name = t.get_as<toml::table>("name");
    if (name == nullptr) throw std::runtime_error("indicator " + d.id + ": no name");
    d.name = {need<std::string>(*name, "fr"), need<std::string>(*name, "en")};
    d.destination = need<std::string>(t, "destination");
    if (d.destination != "dmp" && d.destination != "mssante" && d.destination != "patient")
        throw std::runtime_error("indicator " + d.id + ": destination");
    auto types = t.get_as<toml::array>("types");
    if (types == nullptr) throw std::runtime_error("indicator " + d.id + ": no types");
    for (auto const& item : *types) {
        auto code = item.value<std::string>();
        if (!code) throw std::runtime_error("indicator " + d.id + ": types are texts");
        d.types.push_back(*code);
    }
    auto unit = need<std::string>(t, "once_per");
    if (unit != "document" && unit != "message")
        throw std::runtime_error("indicator " + d.id + ": once_per is document or message");
    d.per_message = unit == "message";
    d.ins = t["ins"].value_or(std::string{});
    d.external_only = t["external_only"].value_or(false);
    d.target = t["target"].value<double>();
    d.min_count = t["min_count"].value<std::int64_t>();
    return d;
}

/// CR-04: one document feeds at most one indicator of domain 1.
void no_overlap(std::vector<definition> const& list) {
    std::set<std::string> seen;
    for (auto const& d : list) {
        if (d.id.find("-d1-") == std::string::npos) continue;
        for (auto const& code : d.types)
            if (!seen.insert(code).second)
                throw std::runtime_error("indicator " + d.id + ": " + code +
                                         " stands in two indicators of domain 1");
    }
}

std::string field(ledger_event const& e, char const* key) {
    auto found = e.fields.find(key);
    return found == e.fields.end() ? std::string{} : found->second;
}

bool fits(definition const& d, ledger_event const& e) {
    if (field(e, "kind") != d.destination) return false;
    if (!d.types.empty() &&
        std::find(d.types.begin(), d.types.end(), field(e, "typeCode")) == d.types.end())
        return false;
    if (!d.ins.empty() && field(e, "insStatus") != d.ins) return false;
    return !d.external_only || field(e, "scope") == "external";
}

std::string key_of(definition const& d, ledger_event const& e) {
    if (d.per_message) return field(e, "delivery");
    auto set = field(e, "setId");
    return set.empty() ? field(e, "uniqueId") : set;
}
}  // namespace

definitions load(std::string_view text) {
    toml::table root;
    try {
        root = toml::parse(text);
    } catch (toml::parse_error const& e) {
        throw std::runtime_error("indicators: line " + std::to_string(e.source().begin.line) +
                                 ": " + std::string(e.description()));
    }
    definitions out;
    out.version = need<std::string>(root, "version");
    auto list = root.get_as<toml::array>("indicator");
    if (list == nullptr) throw std::runtime_error("indicators: no [[indicator]]");
    for (auto const& item : *list) {
        auto t = item.as_table();
        if (t == nullptr) throw std::runtime_error("indicators: [[indicator]] is a table");
        out.list.push_back(read(*t));
    }
    no_overlap(out.list);
    return out;
}

definitions shipped() { return load(schemas::indicators_sun_es); }

std::optional<instant> paris_midnight(std::string_view date, int days_later) {
    using namespace std::chrono;
    auto number = [&](std::size_t from, std::size_t size) {
        int out = 0;
        for (auto i = from; i < from + size; ++i) {
            if (date[i] < '0' || date[i] > '9') return -1;
            out = out * 10 + (date[i] - '0');
        }
        return out;
    };
    if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
    int y = number(0, 4), m = number(5, 2), d = number(8, 2);
    if (y < 1980 || m < 1 || d < 1) return std::nullopt;
    year_month_day day{year{y}, month{static_cast<unsigned>(m)},
                       std::chrono::day{static_cast<unsigned>(d)}};
    if (!day.ok()) return std::nullopt;
    auto local = sys_days{day} + days{days_later};
    // Directive 2000/84/EC: summer time from the last Sunday of March to that of October, 01:00
    // UTC.
    auto y2 = year_month_day{local}.year();
    auto begin = sys_days{y2 / March / Sunday[last]} + hours{1};
    auto end = sys_days{y2 / October / Sunday[last]} + hours{1};
    auto standard = local - hours{1};
    bool summer = standard >= begin && standard < end;
    auto utc = local - (summer ? hours{2} : hours{1});
    return duration_cast<milliseconds>(utc.time_since_epoch()).count();
}

account::account(definitions d, window w, std::string environment)
    : definitions_(std::move(d)), window_(w), environment_(std::move(environment)) {
    for (auto const& one : definitions_.list) figures_.push_back({one, {}});
    seen_.resize(figures_.size());
}

void account::take(ledger_event const& e) {
    // Only acceptance counts (CR-06); the first that met every condition decides the window
    // (CR-02).
    if (e.type != "delivery.delivered" || field(e, "environment") != environment_) return;
    if (field(e, "operation") == "delete") return;
    for (std::size_t i = 0; i < figures_.size(); ++i) {
        auto& f = figures_[i];
        if (!fits(f.about, e)) continue;
        auto key = key_of(f.about, e);
        if (seen_[i].insert(key).second) f.units.push_back({key, e.at, e.sequence});
    }
}

std::vector<figure> account::figures() const {
    auto out = figures_;
    for (auto& f : out)
        std::erase_if(f.units, [&](auto const& u) {
            return u.at < window_.from || (window_.until != 0 && u.at >= window_.until);
        });
    return out;
}
}  // namespace gateway::indicators
