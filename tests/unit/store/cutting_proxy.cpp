#include "cutting_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>

namespace {
sockaddr_in loopback(int port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}
bool send_all(int to, std::string_view data) {
    while (!data.empty()) {
        auto n = ::send(to, data.data(), data.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        data.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}
}  // namespace

cutting_proxy::cutting_proxy(int port)
    : to_(port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto a = loopback(0);
    socklen_t size = sizeof a;
    auto where = reinterpret_cast<sockaddr*>(&a);
    if (::bind(listener_, where, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, where, &size) != 0)
        throw std::runtime_error("no port for the proxy");
    port_ = ntohs(a.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

cutting_proxy::~cutting_proxy() {
    over_ = true;
    freeze(false);
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    down(true);
    for (auto& w : wires_) w.join();
    ::close(listener_);
}

void cutting_proxy::down(bool yes) {
    std::lock_guard lock(guard_);
    down_ = yes;
    if (!yes) return;
    for (auto fd : open_) ::shutdown(fd, SHUT_RDWR);
}

void cutting_proxy::freeze(bool yes) {
    frozen_ = yes;
    frozen_.notify_all();
}

void cutting_proxy::accept_loop() {
    while (!over_) {
        auto client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        auto server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto a = loopback(to_);
        std::lock_guard lock(guard_);
        if (down_ || ::connect(server, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) {
            ::close(client);
            ::close(server);
            continue;
        }
        open_.push_back(client);
        open_.push_back(server);
        wires_.emplace_back([this, client, server] { carry(client, server); });
    }
}

void cutting_proxy::cut(int client, int server) {
    std::lock_guard lock(guard_);
    std::erase(open_, client);
    std::erase(open_, server);
    ::close(client);
    ::close(server);
}

void cutting_proxy::carry(int client, int server) {
    std::string chunk(65536, '\0');
    bool lose = false;
    for (;;) {
        pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        if (::poll(both, 2, -1) <= 0) break;
        frozen_.wait(true);
        bool from_client = both[0].revents != 0;
        auto n = ::recv(from_client ? client : server, chunk.data(), chunk.size(), 0);
        if (n <= 0) break;
        std::string_view data(chunk.data(), static_cast<std::size_t>(n));
        if (from_client && data.find("COMMIT") != data.npos) lose = lose_answer_.exchange(false);
        if (!from_client && lose) break;
        if (!send_all(from_client ? server : client, data)) break;
    }
    cut(client, server);
}
