#include "gateway/check_settings.hpp"

#include "cda/xds_compare.hpp"
#include "gateway/clock.hpp"

namespace gateway {
namespace {
std::string today() { return xds_time(now()).substr(0, 8); }
}  // namespace

cda::check_options check_options_of(config const& c) {
    cda::check_options out;
    out.env = c.env;
    out.sets = c.value_sets.sets.get();
    out.overrides = c.overrides;
    out.today = today();
    return out;
}

check_settings settings_for_check(std::string const& config_file, std::string const& value_sets,
                                  cda::environment env) {
    check_settings out;
    if (config_file.empty()) {
        out.sets = load_value_sets(value_sets);
        out.options.env = env;
    } else {
        auto c = load_config(config_file);
        out.options = check_options_of(c);
        out.sets = value_sets.empty() ? c.value_sets : load_value_sets(value_sets);
    }
    out.options.sets = out.sets.sets.get();
    out.options.today = today();
    return out;
}

cda::findings compare_metadata(std::vector<said_entry> const& said, cda::verdict const& v) {
    cda::findings out;
    if (v.parsed.size() != v.documents.size()) return out;
    for (auto const& s : said) {
        if (s.document >= v.parsed.size()) continue;
        auto found = cda::compare_entry(v.parsed[s.document], s.entry);
        for (auto& f : found) {
            if (v.parsed.size() > 1)
                f.location = "document[" + std::to_string(s.document + 1) + "]" + f.location;
            out.push_back(std::move(f));
        }
    }
    return out;
}

void add_findings(cda::verdict& v, cda::findings found) {
    for (auto& f : found) {
        if (f.level == cda::severity::error) v.accepted = false;
        v.found.push_back(std::move(f));
    }
}
}  // namespace gateway
