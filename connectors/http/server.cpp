#include "connectors/http/server.hpp"

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/status.hpp>
#include <ctime>

#include "cda/ascii.hpp"
#include "connectors/http/request_reader.hpp"

namespace http {
namespace {
std::string reason(int status) {
    auto text = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(status)));
    return std::string(text);
}

std::string date() {
    auto t = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&t, &parts);
    char text[40];
    auto size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

/// A value that carries a line end would make headers of its own.
std::string one_line(std::string text) {
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return text;
}

std::string head_of(response const& r, bool keep) {
    auto out = "HTTP/1.1 " + std::to_string(r.status) + " " + reason(r.status) + "\r\n";
    for (auto const& [name, value] : r.headers) out += name + ": " + one_line(value) + "\r\n";
    if (r.status != 204 && r.status != 304)
        out += "Content-Length: " + std::to_string(r.body.size()) + "\r\n";
    out += "Date: " + date() + "\r\n";
    if (!keep) out += "Connection: close\r\n";
    return out + "\r\n";
}

response problem(int status) {
    return {status,
            {{"Content-Type", "application/problem+json"}},
            R"({"type":"about:blank","title":")" + reason(status) + R"(","status":)" +
                std::to_string(status) + "}"};
}

net::task<bool> write(net::byte_stream& stream, std::string_view bytes, server_limits limits) {
    boost::asio::const_buffer b(bytes.data(), bytes.size());
    auto done = co_await stream.write_all(b, net::after(limits.write));
    co_return done.has_value();
}

net::task<bool> reply(net::byte_stream& stream, response r, bool head_only, bool keep,
                      server_limits limits) {
    auto bytes = head_of(r, keep);
    if (!head_only) bytes += r.body;
    auto done = co_await write(stream, bytes, limits);
    co_return done;
}

/// Reads into `reader` until a request is there. @return 0, a status that refuses, or -1: gone.
/// What the gate says stands in `refusal`.
net::task<int> read_request(net::byte_stream& stream, std::string& held, request_reader& reader,
                            server_limits limits, gate const& allowed,
                            std::optional<response>& refusal) {
    constexpr std::size_t block = 64U << 10;
    auto until = net::after(limits.idle);
    bool begun = false;
    for (;;) {
        if (!held.empty()) {
            if (!begun) until = net::after(limits.read);
            begun = true;
            held.erase(0, reader.feed(held));
        }
        if (reader.refused() != 0) co_return reader.refused();
        if (reader.head_came()) {
            request head;
            if (!reader.peek(head)) co_return 400;
            head.peer = stream.who();
            if (allowed) refusal = allowed(head);
            if (refusal) co_return refusal->status;
            continue;  // what came behind the header
        }
        if (reader.done()) co_return 0;
        if (reader.wants_continue()) {
            auto told = co_await write(stream, "HTTP/1.1 100 Continue\r\n\r\n", limits);
            if (!told) co_return -1;
        }
        auto before = held.size();
        held.resize(before + block);
        boost::asio::mutable_buffer room(held.data() + before, block);
        auto got = co_await stream.read_some(room, until);
        held.resize(before + (got ? *got : 0));
        if (got) continue;
        bool late = got.error() == boost::beast::error::timeout;
        co_return begun&& late ? 408 : -1;
    }
}
/// A peer that is still sending would lose our refusal to a reset: its bytes are taken and thrown
/// away for a while.
net::task<void> drain(net::byte_stream& stream, server_limits limits) {
    std::string waste(64U << 10, '\0');
    auto until = net::after(std::chrono::seconds{5});
    for (std::size_t left = 2 * limits.body_bytes; left > 0;) {
        boost::asio::mutable_buffer room(waste.data(), waste.size());
        auto got = co_await stream.read_some(room, until);
        if (!got) break;
        left -= std::min(left, *got);
    }
}
}  // namespace

std::string request::header(std::string_view name) const {
    for (auto const& [key, value] : headers)
        if (cda::ascii::equal(key, name)) return value;
    return {};
}

net::task<void> serve(std::unique_ptr<net::byte_stream> stream, handler answer,
                      server_limits limits, gate allowed) {
    std::string held;
    bool keep = true;
    while (keep) {
        request_reader reader(limits);
        std::optional<response> refusal;
        auto status = co_await read_request(*stream, held, reader, limits, allowed, refusal);
        if (status < 0) break;
        response said;
        request asked;
        keep = status == 0 && reader.keep_alive();
        if (status == 0 && !reader.take(asked)) {
            status = 400;
            keep = false;
        }
        if (status == 0) {
            bool head_only = asked.method == "HEAD";
            asked.peer = stream->who();
            said = co_await answer(std::move(asked));
            auto sent = co_await reply(*stream, std::move(said), head_only, keep, limits);
            if (!sent) break;
        } else {
            said = refusal ? std::move(*refusal) : problem(status);
            auto sent = co_await reply(*stream, std::move(said), false, false, limits);
            if (sent) co_await drain(*stream, limits);
        }
    }
    co_await stream->close(net::after(std::chrono::seconds{3}));
}
}  // namespace http
