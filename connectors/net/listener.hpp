/// Accepts TCP peers on one address, finishes TLS when it is implicit, and runs a session for each
/// on its own strand.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "connectors/net/byte_stream.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace net {
using session = std::function<task<void>(std::unique_ptr<byte_stream>)>;
struct listener_options {
    std::string address{"127.0.0.1"};
    std::uint16_t port{0};  ///< 0: any free port
    bool implicit_tls{true};
    std::size_t max_sessions{1000};
    /// One address cannot take them all; beyond it, its newcomers are closed at once.
    std::size_t max_per_address{500};
    std::chrono::milliseconds handshake{10'000};
};
class listener {
public:
    /// `tls` is asked for each connection, so that certificates reload without a restart; may
    /// return null only when neither implicit TLS nor STARTTLS is wanted. @throws std::system_error
    /// when the port cannot be bound.
    listener(boost::asio::any_io_executor, listener_options,
             std::function<std::shared_ptr<SSL_CTX>()> tls, session);
    ~listener();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t sessions() const;
    /// Stop accepting; sessions under way go on.
    void stop();
    /// Close the sockets of every session under way.
    void drop_sessions();

private:
    struct state;
    std::shared_ptr<state> state_;
};
}  // namespace net
