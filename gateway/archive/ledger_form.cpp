#include "gateway/archive/ledger_form.hpp"

#include <boost/json.hpp>

#include "gateway/clock.hpp"

namespace gateway::archive {
namespace json = boost::json;

std::string iso_of(instant at) { return iso8601(at); }
instant instant_of(std::string const& text) {
    auto at = parse_iso8601(text);
    if (!at) throw std::runtime_error("not a time");
    // The form is ours: three digits of milliseconds before the Z.
    if (auto dot = text.find('.'); dot != std::string::npos && text.size() == dot + 5)
        *at += std::stoi(text.substr(dot + 1, 3));
    return *at;
}

std::string line_of(ledger_event const& e) {
    json::object fields;
    for (auto const& [key, value] : e.fields) fields[key] = value;
    return json::serialize(json::object{{"sequence", e.sequence},
                                        {"at", iso_of(e.at)},
                                        {"type", e.type},
                                        {"actor", e.actor},
                                        {"fields", std::move(fields)},
                                        {"previous", e.previous},
                                        {"hash", e.hash}});
}

ledger_event event_from(std::string const& line) {
    auto v = json::parse(line);
    auto text = [&](char const* key) { return std::string(v.at(key).as_string()); };
    ledger_event e;
    e.sequence = v.at("sequence").to_number<std::int64_t>();
    e.at = instant_of(text("at"));
    e.type = text("type");
    e.actor = text("actor");
    for (auto const& item : v.at("fields").as_object())
        e.fields[std::string(item.key())] = std::string(item.value().as_string());
    e.previous = text("previous");
    e.hash = text("hash");
    return e;
}
}  // namespace gateway::archive
