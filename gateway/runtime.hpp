/// What sessions share: the settings in force (an immutable snapshot, swapped on reload), the
/// store, the pipeline.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <set>

#include "connectors/net/byte_stream.hpp"
#include "gateway/config.hpp"
#include "gateway/dispatcher.hpp"
#include "gateway/pipeline.hpp"
#include "gateway/retention.hpp"
#include "gateway/watch.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace gateway {
/// One consistent set: settings, TLS contexts and credentials that were all read together.
struct snapshot {
    config settings;
    std::shared_ptr<SSL_CTX> smtp_tls, https_tls;
    std::map<std::string, std::string> passwords;  ///< emitter name -> scrypt hash
    std::map<std::string, std::set<std::string>>
        tokens;  ///< emitter name -> SHA-256 hex of its tokens
};
/// @throws config_error, certs::load_error
[[nodiscard]] std::shared_ptr<snapshot const> load_snapshot(std::string const& file);

class runtime {
public:
    runtime(std::shared_ptr<snapshot const>, store&);
    ~runtime();
    runtime(runtime const&) = delete;
    runtime& operator=(runtime const&) = delete;
    [[nodiscard]] std::shared_ptr<snapshot const> now_in_force() const;
    [[nodiscard]] std::shared_ptr<config const> settings() const;
    void replace(std::shared_ptr<snapshot const>);
    /// The emitter whose certificate_names hold one of the peer's names; nullptr: none.
    [[nodiscard]] static emitter_settings const* by_certificate(snapshot const&, net::peer const&);
    [[nodiscard]] static emitter_settings const* by_password(snapshot const&,
                                                             std::string const& user,
                                                             std::string const& password);
    [[nodiscard]] static emitter_settings const* by_token(snapshot const&,
                                                          std::string const& token);

    store& memory;
    watch shortages;
    pipeline intake;
    dispatcher outbound;
    retention purging;
    /// Decode, check, commit. A commit waits for the disk together with those of the other threads,
    /// so there are more of them than cores.
    boost::asio::thread_pool cpu{16};
    /// The admin's own threads: he must see what is wrong while all others wait for the disk.
    boost::asio::thread_pool desk{2};
    std::atomic<bool> closing{false};

private:
    mutable std::mutex guard_;
    std::shared_ptr<snapshot const> current_;
};
}  // namespace gateway
