#include "connectors/smtp/line_channel.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>

namespace smtp {
namespace {
constexpr std::size_t block = 64U << 10;
}

net::task<bool> line_channel::fill(net::deadline until) {
    auto sent = co_await flush();
    if (!sent) co_return false;
    if (at_ == in_.size()) {
        in_.clear();
        at_ = 0;
    } else if (at_ > block) {
        in_.erase(0, at_);
        at_ = 0;
    }
    auto before = in_.size();
    in_.resize(before + block);
    boost::asio::mutable_buffer room(in_.data() + before, block);
    auto got = co_await stream_.read_some(room, until);
    in_.resize(before + (got ? *got : 0));
    if (!got) late_ = got.error() == boost::beast::error::timeout;
    co_return got.has_value();
}

net::task<line_channel::status> line_channel::read_line(std::string& out, std::size_t most,
                                                        net::deadline until) {
    std::size_t seen = at_;
    bool skipping = false;
    for (;;) {
        auto end = in_.find('\n', seen);
        if (end != std::string::npos) {
            auto size = end - at_;
            auto long_line = skipping || size > most;
            auto bare = size == 0 || in_[end - 1] != '\r' || in_.find('\r', at_) != end - 1;
            if (!long_line) out.assign(in_, at_, bare ? size : size - 1);
            at_ = end + 1;
            co_return long_line ? status::too_long : bare ? status::bare : status::line;
        }
        if (in_.size() - at_ > most) {
            skipping = true;
            at_ = in_.size();
        }
        auto held = in_.size() - at_;
        auto more = co_await fill(until);
        if (!more) co_return late_ ? status::timed_out : status::closed;
        seen = at_ + held;
    }
}

net::task<std::string_view> line_channel::peek(net::deadline until) {
    if (!pending()) {
        auto more = co_await fill(until);
        if (!more) co_return std::string_view{};
    }
    co_return std::string_view(in_).substr(at_);
}

void line_channel::consume(std::size_t n) { at_ += n; }

void line_channel::put(reply const& r) {
    for (std::size_t i = 0; i < r.lines.size(); ++i) {
        out_ += std::to_string(r.code);
        out_ += i + 1 < r.lines.size() ? '-' : ' ';
        if (!r.enhanced.empty()) out_ += r.enhanced + " ";
        out_ += r.lines[i];
        out_ += "\r\n";
    }
}

net::task<bool> line_channel::flush() {
    if (broken_) co_return false;
    if (out_.empty()) co_return true;
    boost::asio::const_buffer bytes(out_.data(), out_.size());
    auto done = co_await stream_.write_all(bytes, net::after(write_));
    out_.clear();
    broken_ = !done;
    co_return done.has_value();
}

net::task<bool> line_channel::start_tls(net::deadline until) {
    auto sent = co_await flush();
    if (!sent) co_return false;
    auto done = co_await stream_.start_tls(until);
    co_return done.has_value();
}

net::task<void> line_channel::close() {
    auto sent = co_await flush();
    (void)sent;  // closing either way
    co_await stream_.close(net::after(std::chrono::seconds{5}));
}
}  // namespace smtp
