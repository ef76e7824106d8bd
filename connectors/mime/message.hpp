/// Reading and making mail, through GMime. Strict where two readers could disagree.
/// Source: RFC 5322, 2045-2049, 2231, 3464.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cda/finding.hpp"

namespace mime {
struct attachment {
    std::string filename, content_type;  ///< lower-case type/subtype
    std::string bytes;                   ///< decoded
};
struct message {
    std::string message_id, subject, from, text;  ///< text: the first text/plain, UTF-8
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<attachment> attachments;  ///< leaves other than the body text
};
struct limits {
    std::size_t depth{16}, parts{200}, bytes{100U << 20};
};
/// Findings MIME-xx when the mail is malformed (truncated base64, missing closing boundary, too
/// deep, ...).
[[nodiscard]] std::variant<message, cda::findings> read(std::string_view, limits const& = {});

struct outgoing {
    std::string from, from_display, to, reply_to, subject, message_id, date_rfc5322, body;
    std::vector<std::pair<std::string, std::string>>
        headers;  ///< X-MSS-*, Disposition-Notification-To, ...
    std::vector<attachment> attachments;
};
/// multipart/mixed, text/plain UTF-8 first, attachments base64, CRLF, reproducible byte for byte
/// for equal input (the boundary derives from the Message-ID).
[[nodiscard]] std::string compose(outgoing const&);

struct dsn {
    std::string from, to, message_id, date_rfc5322, reporting_mta, original_envelope_id;
    std::string human_text;
    struct recipient {
        std::string address, action, status, diagnostic;  ///< "failed", "5.1.1", "smtp; 550 …"
    };
    std::vector<recipient> recipients;
    std::string original_message_id;
};
/// multipart/report; report-type=delivery-status (RFC 3464, 6522), no clinical content.
[[nodiscard]] std::string compose_dsn(dsn const&);
}  // namespace mime
