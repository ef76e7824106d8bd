/// SMTP server session over a byte_stream. Knows the protocol, not what a message is for: it asks
/// `policy`. Source: RFC 5321, 3207, 4954, 1870, 6152, 6531, 2920, 3030, 3461, 2034/3463. Strict
/// CRLF: a bare CR or LF in DATA is refused (no smuggling).
#pragma once
#include <memory>
#include <optional>

#include "connectors/net/byte_stream.hpp"
#include "connectors/smtp/envelope.hpp"

namespace smtp {
/// What the session asks of its owner, which outlives it. One object per session.
class policy {
public:
    virtual ~policy() = default;
    /// After the handshake: is the peer known by its certificate? true: no AUTH needed.
    virtual bool known_peer(net::peer const&) = 0;
    /// AUTH PLAIN/LOGIN over TLS. Awaited, because a password check is slow on purpose.
    virtual net::task<bool> authenticate(std::string user, std::string password) = 0;
    /// nullopt accepts.
    virtual std::optional<reply> mail(std::string const& from) = 0;
    virtual std::optional<reply> rcpt(std::string const& to) = 0;
    /// The whole message. The answer is sent as it comes back: 250 only after the commit is on
    /// disk.
    virtual net::task<reply> deliver(envelope, std::string message) = 0;
};
struct server_limits {
    std::size_t message_bytes{50U << 20};
    std::size_t recipients{100};
    std::size_t line_bytes{1000};  ///< DATA lines; commands 512 + extensions
    std::size_t errors{20};        ///< bad commands before 421
    std::chrono::milliseconds idle{300'000}, data{600'000}, write{60'000};
    std::chrono::milliseconds stranger{30'000};  ///< idle of a peer that has not proved who it is
};
struct server_options {
    std::string host_name{"liaison.invalid"};
    bool require_tls{true};  ///< MAIL before TLS is 530
    bool starttls{false};    ///< offer STARTTLS (a 587 listener)
    bool require_auth{true};
    server_limits limits;
};
/// Serves one peer until it leaves, stays idle too long or misbehaves.
[[nodiscard]] net::task<void> serve(std::unique_ptr<net::byte_stream>, std::unique_ptr<policy>,
                                    server_options);
}  // namespace smtp
