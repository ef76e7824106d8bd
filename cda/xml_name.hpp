/// Names as XML knows them. Source: XML 1.0 (5th ed.) 2.3, productions 4 and 4a.
#pragma once
#include <cstddef>
#include <string_view>

namespace cda {
/// Bytes of the Name, colons included, that the text begins with; 0 when it begins with none.
/// @param text  well-formed UTF-8
[[nodiscard]] std::size_t name_length(std::string_view text);
}  // namespace cda
