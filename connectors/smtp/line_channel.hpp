/// Lines in, replies out, over a byte_stream. Replies wait until the peer's pipelined commands are
/// used up (RFC 2920), then leave in one write.
#pragma once
#include <string>

#include "connectors/smtp/server.hpp"

namespace smtp {
class line_channel {
public:
    line_channel(net::byte_stream& s, std::chrono::milliseconds write)
        : stream_(s), write_(write) {}
    enum class status { line, too_long, bare, closed, timed_out };
    /// The next line without CRLF into `out`; `too_long` and `bare` have taken the line off.
    net::task<status> read_line(std::string& out, std::size_t most, net::deadline);
    /// Bytes that have arrived, at least one; empty: closed or timed out (then `late()`).
    net::task<std::string_view> peek(net::deadline);
    void consume(std::size_t n);
    [[nodiscard]] bool late() const { return late_; }
    [[nodiscard]] bool pending() const { return at_ < in_.size(); }
    void discard() { at_ = in_.size(); }  ///< what has arrived and was not read
    void put(reply const&);
    net::task<bool> flush();
    net::task<bool> start_tls(net::deadline);
    net::task<void> close();
    [[nodiscard]] net::peer const& who() const { return stream_.who(); }

private:
    net::task<bool> fill(net::deadline);
    net::byte_stream& stream_;
    std::chrono::milliseconds write_;
    std::string in_, out_;
    std::size_t at_{0};
    bool late_{false}, broken_{false};
};
}  // namespace smtp
