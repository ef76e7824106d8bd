/// Strict base64 (RFC 4648 4) with white space allowed between characters, as CDA bodies carry it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace cda {
/// nullopt: a foreign character, wrong padding, or a truncated last group.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view);
/// What a text would decode to, without decoding it all.
struct base64_facts {
    bool valid{false};
    std::size_t size{0};  ///< bytes it decodes to
    std::string head;     ///< the first of them
};
/// @param head_bytes  how many bytes of the head are wanted at most
[[nodiscard]] base64_facts inspect_base64(std::string_view, std::size_t head_bytes);
}  // namespace cda
