/// Answers of the two HTTP listeners: JSON, and RFC 9457 problem documents with findings inside.
#pragma once
#include <boost/json/fwd.hpp>

#include "cda/finding.hpp"
#include "connectors/http/message.hpp"

namespace gateway {
[[nodiscard]] http::response json_response(int status, boost::json::value const&);
/// @param detail  for people; never holds patient data.
[[nodiscard]] http::response problem(int status, std::string const& title,
                                     std::string const& detail = {},
                                     cda::findings const& found = {});
/// 405 with the methods that are allowed.
[[nodiscard]] http::response wrong_method(std::string const& allowed);
/// The parts between the slashes of a path.
[[nodiscard]] std::vector<std::string> segments(std::string_view path);
}  // namespace gateway
