#include "connectors/net/listener.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <system_error>

#include "connectors/net/tcp_stream.hpp"

namespace net {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
/// What the session owns; the listener keeps a weak end of it, to cut the connection at a stop.
class held_stream final : public byte_stream {
public:
    explicit held_stream(std::shared_ptr<tcp_stream> s) : stream_(std::move(s)) {}
    task<result<std::size_t>> read_some(asio::mutable_buffer b, deadline d) override {
        return stream_->read_some(b, d);
    }
    task<result<std::size_t>> write_all(asio::const_buffer b, deadline d) override {
        return stream_->write_all(b, d);
    }
    task<result<void>> start_tls(deadline d) override { return stream_->start_tls(d); }
    task<void> close(deadline d) override { return stream_->close(d); }
    [[nodiscard]] net::peer const& who() const override { return stream_->who(); }

private:
    std::shared_ptr<tcp_stream> stream_;
};
}  // namespace

struct listener::state : std::enable_shared_from_this<listener::state> {
    state(asio::any_io_executor e, listener_options o,
          std::function<std::shared_ptr<SSL_CTX>()> tls_source, session s)
        : executor(asio::make_strand(e)),
          pool(std::move(e)),
          options(std::move(o)),
          tls(std::move(tls_source)),
          serve(std::move(s)),
          acceptor(executor),
          pause(executor) {}

    void open() {
        boost::system::error_code error;
        tcp::endpoint at(asio::ip::make_address(options.address, error), options.port);
        if (!error) acceptor.open(at.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(at, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            throw std::system_error(
                error.value(), std::system_category(),
                "listen on " + options.address + ":" + std::to_string(options.port));
        port = acceptor.local_endpoint().port();
    }

    task<void> wait(std::chrono::milliseconds d) {
        pause.expires_after(d);
        auto [ignored] = co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        (void)ignored;
    }

    task<void> accept_all() {
        while (!stopped) {
            if (live >= options.max_sessions) {  // the backlog holds newcomers meanwhile
                co_await wait(std::chrono::milliseconds{20});
                continue;
            }
            auto strand = asio::make_strand(pool);
            auto [error, socket] =
                co_await acceptor.async_accept(strand, asio::as_tuple(asio::use_awaitable));
            if (stopped) break;
            if (error) {  // out of descriptors, or the peer left before we took it
                co_await wait(std::chrono::milliseconds{50});
                continue;
            }
            start(tcp::socket(std::move(socket)));
        }
    }

    void start(tcp::socket socket) {
        boost::system::error_code gone;
        auto address = socket.remote_endpoint(gone).address().to_string();
        {
            std::lock_guard lock(guard);
            if (gone || per_address[address] >= options.max_per_address) return;
            ++per_address[address];
        }
        ++live;
        auto stream = std::make_shared<tcp_stream>(std::move(socket), tls ? tls() : nullptr);
        std::uint64_t number = 0;
        {
            std::lock_guard lock(guard);
            number = ++last;
            streams[number] = stream;
        }
        auto self = shared_from_this();
        auto where = stream->executor();
        auto over = [self, number, address](std::exception_ptr const&) {
            std::lock_guard lock(self->guard);
            self->streams.erase(number);
            if (--self->per_address[address] == 0) self->per_address.erase(address);
            --self->live;
        };
        asio::co_spawn(where, run(std::move(stream)), std::move(over));
    }

    task<void> run(std::shared_ptr<tcp_stream> stream) {
        if (options.implicit_tls) {
            auto done = co_await stream->start_tls(after(options.handshake));
            if (!done) co_return;
        }
        co_await serve(std::make_unique<held_stream>(std::move(stream)));
    }

    asio::any_io_executor executor, pool;
    listener_options options;
    std::function<std::shared_ptr<SSL_CTX>()> tls;
    session serve;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::uint16_t port{0};
    std::atomic<std::size_t> live{0};
    std::atomic<bool> stopped{false};
    std::mutex guard;
    std::uint64_t last{0};
    std::map<std::uint64_t, std::weak_ptr<tcp_stream>> streams;
    std::map<std::string, std::size_t> per_address;
};

listener::listener(asio::any_io_executor e, listener_options o,
                   std::function<std::shared_ptr<SSL_CTX>()> tls, session s)
    : state_(std::make_shared<state>(std::move(e), std::move(o), std::move(tls), std::move(s))) {
    state_->open();
    asio::co_spawn(
        state_->executor, [s = state_]() -> task<void> { return s->accept_all(); }, asio::detached);
}
listener::~listener() {
    try {
        stop();
        drop_sessions();
    } catch (std::exception const&) {
        // No memory to post with: the io_context that ends after us closes the sockets.
        state_->stopped = true;
    }
}

std::uint16_t listener::port() const { return state_->port; }
std::size_t listener::sessions() const { return state_->live; }

void listener::stop() {
    if (state_->stopped.exchange(true)) return;
    asio::post(state_->executor, [s = state_] {
        boost::system::error_code ignored;
        s->acceptor.close(ignored);
        s->pause.cancel();
    });
}

void listener::drop_sessions() {
    std::lock_guard lock(state_->guard);
    for (auto& [number, weak] : state_->streams) {
        auto stream = weak.lock();
        if (stream) asio::post(stream->executor(), [stream] { stream->abort(); });
    }
}
}  // namespace net
