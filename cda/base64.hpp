/// Strict base64 (RFC 4648 4) with white space allowed between characters, as CDA bodies carry it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cda {
/// nullopt: a foreign character, wrong padding, or a truncated last group.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view);
}  // namespace cda
