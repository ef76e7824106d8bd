/// Values <-> the JSON columns of the store.
#pragma once
#include "gateway/model.hpp"

namespace gateway::sql {
/// What of a submission has no column of its own: directives, mail ids, findings.
[[nodiscard]] std::string body_of(submission const&);
void read_body(std::string const&, submission&);
[[nodiscard]] std::string map_text(std::map<std::string, std::string> const&);
[[nodiscard]] std::map<std::string, std::string> read_map(std::string const&);
[[nodiscard]] destination_kind kind_named(std::string_view);
[[nodiscard]] delivery_state state_named(std::string_view);
}  // namespace gateway::sql
