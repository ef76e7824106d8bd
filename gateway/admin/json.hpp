/// The API's JSON forms (design §5) of submissions, deliveries and findings.
#pragma once
#include <boost/json/fwd.hpp>

#include "gateway/model.hpp"

namespace gateway {
[[nodiscard]] boost::json::object to_json(submission_view const&);
[[nodiscard]] boost::json::object to_json(delivery_view const&);
[[nodiscard]] boost::json::array to_json(cda::findings const&);
[[nodiscard]] char const* name_of(cda::severity);
/// One object of `liaison check --json`.
[[nodiscard]] boost::json::object to_json(std::string const& file, cda::verdict const&);
}  // namespace gateway
