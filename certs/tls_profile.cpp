#include "certs/tls_profile.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace certs {
namespace {
using context = std::shared_ptr<SSL_CTX>;

void must(int ok, std::string const& what) {
    if (ok == 1) return;
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    throw load_error(what + ": " + text);
}

context base(SSL_METHOD const* method) {
    context c(SSL_CTX_new(method), &SSL_CTX_free);
    if (!c) throw load_error("TLS: no context");
    must(static_cast<int>(SSL_CTX_set_min_proto_version(c.get(), TLS1_2_VERSION)), "TLS version");
    must(SSL_CTX_set_cipher_list(c.get(), "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK"),
         "TLS ciphers");
    SSL_CTX_set_options(
        c.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    return c;
}

void present(SSL_CTX* c, tls_settings const& s) {
    if (s.certificate.empty()) return;
    auto who = identity::load_pem(s.certificate, s.key);
    must(SSL_CTX_use_certificate(c, who.certificate()), s.certificate);
    must(SSL_CTX_use_PrivateKey(c, who.key()), s.key);
    for (auto extra : who.intermediates())
        must(static_cast<int>(SSL_CTX_add1_chain_cert(c, extra)), s.certificate);
}

void trust(SSL_CTX* c, tls_settings const& s) {
    if (s.trust.empty()) return;
    must(SSL_CTX_load_verify_file(c, s.trust.c_str()), s.trust);
    if (s.crl.empty()) return;
    auto store = SSL_CTX_get_cert_store(c);
    auto lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == nullptr || X509_load_crl_file(lookup, s.crl.c_str(), X509_FILETYPE_PEM) < 1)
        throw load_error(s.crl + ": holds no readable revocation list");
    must(X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL), s.crl);
}
}  // namespace

std::shared_ptr<SSL_CTX> server_context(tls_settings const& s) {
    if (s.certificate.empty()) throw load_error("a server needs a certificate");
    auto c = base(TLS_server_method());
    present(c.get(), s);
    trust(c.get(), s);
    int mode = SSL_VERIFY_NONE;
    if (s.peers != client_certificate::none) {
        if (s.trust.empty())
            throw load_error("client certificates are asked for, but no authority is trusted");
        mode = SSL_VERIFY_PEER |
               (s.peers == client_certificate::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
        SSL_CTX_set_client_CA_list(c.get(), SSL_load_client_CA_file(s.trust.c_str()));
    }
    SSL_CTX_set_verify(c.get(), mode, nullptr);
    static constexpr unsigned char name[] = "liaison";
    must(SSL_CTX_set_session_id_context(c.get(), name, sizeof name - 1), "TLS sessions");
    return c;
}

std::shared_ptr<SSL_CTX> client_context(tls_settings const& s) {
    if (s.trust.empty()) throw load_error("a client needs the authorities that it trusts");
    auto c = base(TLS_client_method());
    present(c.get(), s);
    trust(c.get(), s);
    SSL_CTX_set_verify(c.get(), SSL_VERIFY_PEER, nullptr);
    return c;
}
}  // namespace certs
