/// The clock as the gateway sees it: UTC milliseconds, and its text forms.
#pragma once
#include <string>

#include "gateway/model.hpp"

namespace gateway {
[[nodiscard]] instant now();
[[nodiscard]] std::string iso8601(instant);       ///< 2026-01-15T09:31:05.123Z
[[nodiscard]] std::string xds_time(instant);      ///< 20260115093105
[[nodiscard]] std::string rfc5322_date(instant);  ///< Thu, 15 Jan 2026 09:31:05 +0000
/// "2026-01-15" or a full ISO time -> instant, UTC; nullopt when it is neither.
[[nodiscard]] std::optional<instant> parse_iso8601(std::string_view);
/// OID under 2.25 from a fresh UUID (ITU-T X.667): unique, at most 44 characters.
[[nodiscard]] std::string fresh_oid();
}  // namespace gateway
