/// Text as every engine keeps it: UTF-8 without NUL. A peer's words may be any bytes.
#pragma once
#include <string>
#include <string_view>

namespace gateway::sql {
/// Each byte that is no part of a well-formed character, and NUL, becomes a question mark.
/// Source: Unicode 15, table 3-7.
[[nodiscard]] std::string plain_text(std::string_view);
}  // namespace gateway::sql
