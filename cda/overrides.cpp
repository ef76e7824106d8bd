#include "cda/overrides.hpp"

#include <algorithm>

namespace cda {
namespace {
std::string day(std::string const& d) {
    return d.size() == 8 ? d.substr(0, 4) + "-" + d.substr(4, 2) + "-" + d.substr(6) : d;
}
}  // namespace

bool may_override(std::string_view rule) {
    for (std::string_view fixed : {"XML-", "INS-", "SUB-", "MIME-", "XDM-", "CDA-"})
        if (rule.starts_with(fixed)) return false;
    // STR-01 keeps out elements of other namespaces: one that looks like recordTarget would name
    // another patient to us than to a reader that knows namespaces.
    return rule != "HDR-001" && rule != "STR-01";
}

void apply_overrides(check_options const& options, verdict& v) {
    for (auto const& o : options.overrides) {
        if (!may_override(o.rule)) continue;
        bool in_force = !options.today.empty() && options.today <= o.until, used = false;
        for (auto& f : v.found) {
            if (f.rule != o.rule || f.level == o.level) continue;
            if (in_force) {
                f.level = o.level;
                f.note = {
                    "dérogation de " + o.author + " jusqu'au " + day(o.until) + " : " + o.reason,
                    "override by " + o.author + " until " + day(o.until) + ": " + o.reason};
                used = true;
            } else {
                f.note = {"la dérogation de " + o.author + " a pris fin le " + day(o.until),
                          "the override by " + o.author + " ended on " + day(o.until)};
            }
        }
        if (used) v.overrides_used.push_back(o);
    }
}
}  // namespace cda
