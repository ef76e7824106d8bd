/// SSL_CTX for each role. TLS 1.2 and 1.3 only, ECDHE with AEAD, no renegotiation, no compression.
#pragma once
#include <memory>
#include <string>

#include "certs/identity.hpp"

using SSL_CTX = struct ssl_ctx_st;

namespace certs {
enum class client_certificate { none, optional, required };
struct tls_settings {
    std::string certificate, key;  ///< PEM paths; empty for a client without a certificate
    std::string trust;             ///< PEM bundle of CA certificates
    std::string crl;               ///< PEM CRLs, empty: no revocation check
    client_certificate peers{client_certificate::none};
};
/// @throws load_error naming the file.
[[nodiscard]] std::shared_ptr<SSL_CTX> server_context(tls_settings const&);
/// Verifies the server against `trust` (host name is set per connection).
[[nodiscard]] std::shared_ptr<SSL_CTX> client_context(tls_settings const&);
}  // namespace certs
