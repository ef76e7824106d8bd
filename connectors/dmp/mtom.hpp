/// Reading multipart/related with XOP: requests (sandbox) and answers. Tolerant where the standards
/// are (no `start`, LF header lines, inline base64, any order), strict where bytes could be
/// mistaken. Source: dmp digest 4; RFC 2387, RFC 2392, MTOM, XOP.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dmp {
struct mtom_message {
    std::string root;                               ///< the envelope
    std::map<std::string, std::string_view> parts;  ///< by Content-ID, without <>; views the body
};
/// @return nullopt when it is malformed. A plain application/soap+xml (or text/xml) body is a
/// message without parts.
[[nodiscard]] std::optional<mtom_message> read_mtom(std::string_view content_type,
                                                    std::string_view body);
/// The bytes behind a "cid:" URL, percent-decoded; nullopt: no such part.
[[nodiscard]] std::optional<std::string_view> part_of(mtom_message const&, std::string_view href);
/// The value of a parameter of a header ("boundary"), quoted or not; empty when absent.
[[nodiscard]] std::string header_parameter(std::string_view header, std::string_view name);
}  // namespace dmp
