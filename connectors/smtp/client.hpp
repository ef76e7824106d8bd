/// Sends one message to one SMTP server over mutual TLS; blocking, called on a delivery thread.
/// Source: RFC 5321, 3207, 3461 (DSN), 1870 (SIZE), 3463.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

using SSL_CTX = struct ssl_ctx_st;

namespace smtp {
struct client_options {
    std::string host;
    std::uint16_t port{465};
    bool implicit_tls{true};  ///< false: STARTTLS is demanded, never clear text
    std::string verify_name;  ///< name the server certificate must carry; empty: host
    std::string ehlo{"liaison.invalid"};
    std::chrono::milliseconds connect{10'000}, command{60'000}, data{180'000};
};
/// Where the exchange stood when it ended; decides whether the outcome is known.
enum class phase { connect, tls, greeting, mail, rcpt, data, after_data, done };
struct send_result {
    int code{0};       ///< last SMTP reply, 0 when none was read
    std::string text;  ///< the peer's words (or the transport error), without addresses of ours
    phase reached{phase::connect};
    bool accepted{false};       ///< the final 250 was read
    bool tls_failure{false};    ///< certificate or handshake problem: needs an operator
    std::size_t size_limit{0};  ///< SIZE of EHLO, 0 unknown
};
[[nodiscard]] send_result send(client_options const&, std::shared_ptr<SSL_CTX> const&,
                               std::string const& from, std::string const& to,
                               std::string const& envid, std::string_view message);
}  // namespace smtp
