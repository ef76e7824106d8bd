/// `directives` of the API as JSON, strict: an unknown key or a wrong type is the finding SUB-04.
#pragma once
#include <string_view>
#include <variant>

#include "gateway/model.hpp"

namespace gateway {
[[nodiscard]] std::variant<directives, cda::findings> parse_directives(std::string_view json);
}  // namespace gateway
