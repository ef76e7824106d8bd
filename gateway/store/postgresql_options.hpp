/// How PostgreSQL is reached.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gateway {
struct postgresql_options {
    /// As libpq takes it, without a password. Unless it says otherwise: TLS with the server's name
    /// verified, a server that takes writes, a dead server noticed within half a minute.
    std::string conninfo;
    /// Asked at each connection, so that a new password needs no restart; empty: none is sent.
    std::function<std::string()> password;
    /// How long an answer may take. After that the server counts as gone (a frozen one keeps its
    /// connections up), the connection is given up, and what was asked has an unknown outcome. The
    /// server itself ends statements a quarter earlier, so that this is for its silence alone.
    std::chrono::seconds patience{40};
    /// The highest timeline that any connection of this gateway has met. A promotion begins a new
    /// one: a server on an earlier one is a primary that was replaced, and takes no part.
    std::shared_ptr<std::atomic<std::int64_t>> timeline{
        std::make_shared<std::atomic<std::int64_t>>(0)};
};
}  // namespace gateway
