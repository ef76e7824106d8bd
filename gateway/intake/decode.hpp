/// Bytes of a mail or of an upload -> documents as received. Source: RFC 5322/2045 (mail), IHE XDM
/// (zip).
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cda/finding.hpp"
#include "cda/xds.hpp"

namespace gateway {
/// What METADATA.XML of an archive says of one of the documents.
struct said_entry {
    std::size_t document;  ///< index among the decoded documents
    cda::xds_entry entry;
};
struct decoded {
    std::vector<std::string> documents;
    std::vector<said_entry> said;
    std::string text;  ///< the mail's text, which becomes the body towards recipients
    std::string message_id;
};
/// A mail with CDA attachments and/or an IHE_XDM.ZIP. PDF and picture attachments are copies and
/// are left aside: the gateway makes the copies itself from the documents.
[[nodiscard]] std::variant<decoded, cda::findings> decode_mail(std::string_view message);
/// One upload: a CDA, or an IHE_XDM.ZIP (recognised by its first bytes).
[[nodiscard]] std::variant<decoded, cda::findings> decode_upload(std::string_view bytes);
}  // namespace gateway
