/// A file that never stands half-written under its name.
#pragma once
#include <string>
#include <string_view>

namespace gateway::sandbox {
/// @throws std::runtime_error naming the file
void put_file(std::string const& path, std::string_view bytes, unsigned rights = 0644);
}  // namespace gateway::sandbox
