#include "connectors/net/tcp_stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "certs/identity.hpp"

namespace net {
namespace asio = boost::asio;
namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// asio wants a context object; it takes over one reference of the shared SSL_CTX.
asio::ssl::context borrow(SSL_CTX* shared) {
    SSL_CTX_up_ref(shared);
    return asio::ssl::context(shared);
}
}  // namespace

tcp_stream::tcp_stream(asio::ip::tcp::socket socket, std::shared_ptr<SSL_CTX> tls)
    : tcp_(std::move(socket)), context_(std::move(tls)) {
    boost::system::error_code ignored;  // a peer that is gone already shows at the first read
    auto remote = tcp_.socket().remote_endpoint(ignored);
    peer_.address = remote.address().to_string();
    tcp_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

task<result<std::size_t>> tcp_stream::read_some(asio::mutable_buffer into, deadline until) {
    tcp_.expires_at(until);
    if (sealed_) {
        auto [error, size] = co_await tls_->async_read_some(into, as_result);
        if (error) co_return error;
        co_return size;
    }
    auto [error, size] = co_await tcp_.async_read_some(into, as_result);
    if (error) co_return error;
    co_return size;
}

task<result<std::size_t>> tcp_stream::write_all(asio::const_buffer from, deadline until) {
    tcp_.expires_at(until);
    if (sealed_) {
        auto [error, size] = co_await asio::async_write(*tls_, from, as_result);
        if (error) co_return error;
        co_return size;
    }
    auto [error, size] = co_await asio::async_write(tcp_, from, as_result);
    if (error) co_return error;
    co_return size;
}

bool tcp_stream::wrap() {
    if (!context_ || tls_) return false;
    auto context = borrow(context_.get());
    tls_.emplace(tcp_, context);
    return true;
}

task<result<void>> tcp_stream::start_tls(deadline until) {
    if (!wrap()) co_return make_error_code(boost::system::errc::operation_not_supported);
    tcp_.expires_at(until);
    auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, as_result);
    if (error) co_return error;
    sealed_ = true;
    learn_peer();
    co_return result<void>{};
}

task<result<void>> tcp_stream::start_tls_as_client(std::string name, deadline until) {
    if (!wrap()) co_return make_error_code(boost::system::errc::operation_not_supported);
    auto* ssl = tls_->native_handle();
    boost::system::error_code not_ip;
    asio::ip::make_address(name, not_ip);
    bool set = not_ip ? SSL_set1_host(ssl, name.c_str()) == 1 &&
                            SSL_set_tlsext_host_name(ssl, name.c_str()) == 1
                      : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1;
    if (!set) co_return make_error_code(boost::system::errc::invalid_argument);
    tcp_.expires_at(until);
    auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_result);
    if (error) co_return error;
    sealed_ = true;
    learn_peer();
    co_return result<void>{};
}

void tcp_stream::learn_peer() {
    auto* ssl = tls_->native_handle();
    peer_.tls = true;
    peer_.tls_version = SSL_get_version(ssl);
    auto* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return;
    peer_.subject = certs::subject_of(certificate);
    peer_.names = certs::names_of(certificate);
}

task<void> tcp_stream::close(deadline until) {
    boost::system::error_code ignored;  // closing: there is nobody left to tell
    if (sealed_) {
        tcp_.expires_at(until);
        auto [error] = co_await tls_->async_shutdown(as_result);
        (void)error;
    } else {
        tcp_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        // Bytes still under way would reset the connection and take our last reply with them.
        std::array<char, 4096> waste{};
        std::size_t most = 1U << 20;
        tcp_.expires_at(until);
        for (;;) {
            auto [error, size] = co_await tcp_.async_read_some(asio::buffer(waste), as_result);
            if (error || size >= most) break;
            most -= size;
        }
    }
    tcp_.socket().close(ignored);
}

void tcp_stream::abort() { tcp_.close(); }

task<result<std::unique_ptr<tcp_stream>>> dial(std::string host, std::uint16_t port,
                                               std::shared_ptr<SSL_CTX> tls, deadline until) {
    auto executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    auto numbers = asio::ip::tcp::resolver::numeric_service;
    auto [unresolved, found] =
        co_await resolver.async_resolve(host, std::to_string(port), numbers, as_result);
    if (unresolved) co_return unresolved;
    boost::beast::tcp_stream connecting(executor);
    connecting.expires_at(until);
    auto [error, endpoint] = co_await connecting.async_connect(found, as_result);
    if (error) co_return error;
    co_return std::make_unique<tcp_stream>(connecting.release_socket(), std::move(tls));
}
}  // namespace net
