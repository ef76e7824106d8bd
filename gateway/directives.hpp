/// `directives` of the API as JSON, strict: an unknown key or a wrong type is the finding SUB-04.
#pragma once
#include <string_view>
#include <variant>

#include "gateway/model.hpp"

namespace gateway {
[[nodiscard]] std::variant<directives, cda::findings> parse_directives(std::string_view json);
/// The same keys as query parameters: `dmp=true`, `recipients=` repeated, nested keys with a dot
/// (`visibility.hiddenFromPatient=true`).
[[nodiscard]] std::variant<directives, cda::findings> parse_directives(
    std::multimap<std::string, std::string> const& query);
}  // namespace gateway
