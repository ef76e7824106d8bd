/// An establishment's own severities, applied to a verdict. What protects the patient's identity or
/// the gateway itself stays as it is.
#pragma once
#include "cda/check.hpp"

namespace cda {
/// Whether a rule may be overridden: not the XML safety rules, not the INS, not one patient a
/// submission, not an element that is not CDA, not what makes a body unreadable.
[[nodiscard]] bool may_override(std::string_view rule);
/// Changes the level of findings that an override in force names, and says so in their note; an
/// override that has ended changes nothing and says that too.
void apply_overrides(check_options const&, verdict&);
}  // namespace cda
