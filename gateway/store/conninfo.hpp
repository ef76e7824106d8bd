/// A PostgreSQL connection string before it is used.
#pragma once
#include <optional>
#include <string>

namespace gateway::sql {
struct conninfo_fault {
    std::string what, remedy;
};
/// Reads it as libpq does, in both its forms, and refuses one that holds a secret: settings are
/// shown, copied and kept in version control. What it says never repeats the value.
[[nodiscard]] std::optional<conninfo_fault> wrong_with(std::string const& conninfo);
}  // namespace gateway::sql
