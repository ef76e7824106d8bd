/// A private key with its certificate chain, and the facts an admin asks of it.
#pragma once
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using X509 = struct x509_st;
using EVP_PKEY = struct evp_pkey_st;

namespace certs {
/// Says which file is wrong and why; never holds key material.
class load_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};
class identity {
public:
    /// PEM files: certificate first, then intermediates. @throws load_error
    [[nodiscard]] static identity load_pem(std::string const& cert_file,
                                           std::string const& key_file);
    [[nodiscard]] X509* certificate() const;
    [[nodiscard]] EVP_PKEY* key() const;
    [[nodiscard]] std::vector<X509*> intermediates() const;
    /// RFC 2253 subject, most specific first ("CN=…,OU=…,O=…,ST=…,C=FR"), UTF-8.
    [[nodiscard]] std::string subject() const;
    [[nodiscard]] std::string organizational_unit() const;  ///< first OU: the Struct_IdNat
    [[nodiscard]] std::chrono::system_clock::time_point not_after() const;
    [[nodiscard]] std::string certificate_base64() const;  ///< DER, one line

private:
    struct state;
    std::shared_ptr<state const> state_;
};
/// RFC 2253 subject of any certificate.
[[nodiscard]] std::string subject_of(X509*);
/// CN, DNS and e-mail SANs of a peer certificate: what maps a client to an emitter.
[[nodiscard]] std::vector<std::string> names_of(X509*);
[[nodiscard]] std::string organizational_unit_of(X509*);
}  // namespace certs
