/// SMTP command lines as values. Pure functions: no socket, no state.
/// Source: RFC 5321 §4.1 and §4.5.3.1, RFC 1870, 6152, 6531, 3030, 3461 §4.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "connectors/smtp/envelope.hpp"

namespace smtp {
enum class verb {
    ehlo,
    helo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    quit,
    vrfy,
    expn,
    starttls,
    auth,
    help,
    unknown
};
struct command {
    verb what{verb::unknown};
    std::string_view arguments;  ///< after the verb, trimmed; views the line given
};
/// @param line  without CRLF.
[[nodiscard]] command parse_command(std::string_view line);

struct mail_arguments {
    std::string from;
    std::uint64_t size{0};
    bool smtputf8{false};
    std::string ret, envid;  ///< envid: xtext decoded
};
/// Of `FROM:<...> params`; a reply (501, 555, ...) says what is wrong.
[[nodiscard]] std::variant<mail_arguments, reply> parse_mail(std::string_view arguments);
/// Of `TO:<...> params`.
[[nodiscard]] std::variant<recipient, reply> parse_rcpt(std::string_view arguments, bool smtputf8);
struct bdat_arguments {
    std::uint64_t size{0};
    bool last{false};
};
[[nodiscard]] std::optional<bdat_arguments> parse_bdat(std::string_view arguments);
/// RFC 3461 §4 xtext; nullopt when malformed or when it hides a control character.
[[nodiscard]] std::optional<std::string> decode_xtext(std::string_view);
/// Text of an AUTH exchange; nullopt when it is not base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view);
}  // namespace smtp
