/// One HTTP/1.1 request from bytes, pure: no socket, no clock. Source: RFC 9110, RFC 9112.
#pragma once
#include <memory>
#include <string_view>

#include "connectors/http/message.hpp"

namespace http {
class request_reader {
public:
    explicit request_reader(server_limits const&);
    ~request_reader();
    /// @return how many bytes were taken.
    std::size_t feed(std::string_view);
    [[nodiscard]] bool done() const;
    /// 0: sound so far; otherwise the status that refuses (400, 413, 431, 501, 505).
    [[nodiscard]] int refused() const { return refused_; }
    /// The header is whole and sound; told once, before any byte of the body is taken.
    [[nodiscard]] bool head_came();
    /// Method, path, query and headers so far. @return false when the target cannot be read.
    [[nodiscard]] bool peek(request&) const;
    /// The peer waits for "100 Continue" and no byte of its body has come yet. Told once.
    [[nodiscard]] bool wants_continue();
    [[nodiscard]] bool keep_alive() const;
    /// The request that is done. @return false when its target cannot be read (400).
    [[nodiscard]] bool take(request&);

private:
    struct state;
    std::unique_ptr<state> state_;
    int refused_{0};
};
}  // namespace http
