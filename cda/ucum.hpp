/// Units of measure as laboratories write them, case-sensitive. Source: UCUM 2.1
/// (unitsofmeasure.org), 2 to 4; the atoms stand in schemas/ucum.txt.
#pragma once
#include <string_view>

namespace cda::ucum {
/// Whether the text is a unit: atoms, prefixes, exponents, `.` and `/`, parentheses,
/// `{annotations}`. Empty text is one (the unity).
[[nodiscard]] bool unit(std::string_view);
}  // namespace cda::ucum
