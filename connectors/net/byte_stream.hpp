/// The only stream that protocols see. Every wait has a deadline, so an unbounded wait does not
/// compile.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

#include "connectors/net/peer.hpp"

namespace net {
template <class T>
using task = boost::asio::awaitable<T>;
template <class T>
using result = boost::system::result<T>;
using deadline = std::chrono::steady_clock::time_point;
inline deadline after(std::chrono::milliseconds d) { return std::chrono::steady_clock::now() + d; }

class byte_stream {
public:
    virtual ~byte_stream() = default;
    /// At least one byte, or the error (eof, timed_out, ...).
    virtual task<result<std::size_t>> read_some(boost::asio::mutable_buffer, deadline) = 0;
    virtual task<result<std::size_t>> write_all(boost::asio::const_buffer, deadline) = 0;
    /// Server side of STARTTLS; the caller has checked that no plaintext byte is left in its
    /// buffer.
    virtual task<result<void>> start_tls(deadline) = 0;
    virtual task<void> close(deadline) = 0;
    [[nodiscard]] virtual net::peer const& who() const = 0;
};
}  // namespace net
