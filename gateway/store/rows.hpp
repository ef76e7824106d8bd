/// Values <-> the JSON columns of the store.
#pragma once
#include "gateway/store/store.hpp"

namespace gateway::sql {
/// What of a submission has no column of its own: directives, mail ids, findings.
[[nodiscard]] std::string body_of(submission const&);
/// false: it is not what body_of wrote, and nothing was read.
[[nodiscard]] bool read_body(std::string const&, submission&);
[[nodiscard]] std::string map_text(std::map<std::string, std::string> const&);
/// @throws record_damaged
[[nodiscard]] std::map<std::string, std::string> read_map(std::string const&);
[[nodiscard]] destination_kind kind_named(std::string_view);
[[nodiscard]] delivery_state state_named(std::string_view);
}  // namespace gateway::sql
