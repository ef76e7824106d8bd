/// byte_stream over TCP with TLS by OpenSSL, as the listener makes it.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>

#include "connectors/net/byte_stream.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace net {
class tcp_stream final : public byte_stream {
public:
    /// @param tls  used by start_tls; may be null when TLS is never wanted.
    tcp_stream(boost::asio::ip::tcp::socket, std::shared_ptr<SSL_CTX> tls);
    task<result<std::size_t>> read_some(boost::asio::mutable_buffer, deadline) override;
    task<result<std::size_t>> write_all(boost::asio::const_buffer, deadline) override;
    /// Server handshake; fills `who()` from a client certificate that the context verified.
    task<result<void>> start_tls(deadline) override;
    /// Client handshake; the server certificate must carry `name` (DNS name or IP address).
    task<result<void>> start_tls_as_client(std::string name, deadline);
    task<void> close(deadline) override;
    [[nodiscard]] net::peer const& who() const override { return peer_; }
    /// Ends pending operations; on the stream's own executor only.
    void abort();
    [[nodiscard]] boost::asio::any_io_executor executor() { return tcp_.get_executor(); }

private:
    bool wrap();
    void learn_peer();
    using tls_stream = boost::asio::ssl::stream<boost::beast::tcp_stream&>;
    boost::beast::tcp_stream tcp_;
    std::shared_ptr<SSL_CTX> context_;
    std::optional<tls_stream> tls_;
    net::peer peer_;
    bool sealed_{false};  ///< the TLS handshake is done
};

/// Connects to the first address of `host` that answers.
[[nodiscard]] task<result<std::unique_ptr<tcp_stream>>> dial(std::string host, std::uint16_t port,
                                                             std::shared_ptr<SSL_CTX> tls,
                                                             deadline);
}  // namespace net
