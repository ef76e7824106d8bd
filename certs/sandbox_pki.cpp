#include "certs/sandbox_pki.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

#include "certs/digest.hpp"

namespace certs {
namespace {
constexpr long day = 24L * 3600;
using x509 = std::unique_ptr<X509, decltype(&X509_free)>;
using pkey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

void must(bool ok, char const* what) {
    if (!ok) throw std::runtime_error(std::string("sandbox PKI: ") + what);
}

struct holder {
    x509 certificate{nullptr, &X509_free};
    pkey key{nullptr, &EVP_PKEY_free};
};
struct profile {
    std::string common_name, usage, extended, alternative;
    bool authority{false};
    long from{-day}, until{730 * day};
};

void add_extension(X509* x, X509* issuer, int nid, std::string const& value) {
    if (value.empty()) return;
    X509V3_CTX about;
    X509V3_set_ctx(&about, issuer, x, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> e(
        X509V3_EXT_conf_nid(nullptr, &about, nid, value.c_str()), &X509_EXTENSION_free);
    must(e && X509_add_ext(x, e.get(), -1) == 1, "an extension");
}

/// Serial numbers are random, as certificate authorities must make them.
void set_serial(X509* x) {
    auto bytes = random_bytes(16);
    bytes[0] = static_cast<char>(bytes[0] & 0x7F);
    std::unique_ptr<BIGNUM, decltype(&BN_free)> n(
        BN_bin2bn(reinterpret_cast<unsigned char const*>(bytes.data()), 16, nullptr), &BN_free);
    must(BN_to_ASN1_INTEGER(n.get(), X509_get_serialNumber(x)) != nullptr, "a serial number");
}

class authority {
public:
    explicit authority(sandbox_pki_options const& o) : options_(o) {}

    holder make(profile const& p, holder const* issuer) const {
        holder out;
        out.key.reset(EVP_RSA_gen(2048));
        must(out.key != nullptr, "a key");
        out.certificate.reset(X509_new());
        auto x = out.certificate.get();
        X509_set_version(x, 2);
        set_serial(x);
        X509_gmtime_adj(X509_getm_notBefore(x), p.from);
        X509_gmtime_adj(X509_getm_notAfter(x), p.until);
        name(X509_get_subject_name(x), p);
        auto signer = issuer == nullptr ? &out : issuer;
        X509_set_issuer_name(x, X509_get_subject_name(signer->certificate.get()));
        X509_set_pubkey(x, out.key.get());
        add_extension(x, x, NID_subject_key_identifier, "hash");
        add_extension(x, signer->certificate.get(), NID_authority_key_identifier, "keyid:always");
        add_extension(x, x, NID_basic_constraints,
                      p.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
        add_extension(x, x, NID_key_usage, "critical," + p.usage);
        add_extension(x, x, NID_ext_key_usage, p.extended);
        add_extension(x, x, NID_subject_alt_name, p.alternative);
        must(X509_sign(x, signer->key.get(), EVP_sha256()) > 0, "a signature");
        return out;
    }

private:
    void name(X509_NAME* n, profile const& p) const {
        auto add = [&](char const* field, std::string const& value) {
            must(X509_NAME_add_entry_by_txt(n, field, MBSTRING_UTF8,
                                            reinterpret_cast<unsigned char const*>(value.data()),
                                            static_cast<int>(value.size()), -1, 0) == 1,
                 "a name");
        };
        add("C", "FR");
        if (p.authority) {
            add("O", "LIAISON SANDBOX");
        } else {
            add("ST", "Paris (75)");
            add("O", options_.structure_name);
            add("OU", options_.structure_id);
        }
        add("CN", p.common_name);
    }
    sandbox_pki_options const& options_;
};

/// A file that never stands half-written, with its rights from the first instant.
void put(std::string const& path, BIO* text, mode_t rights) {
    char* data = nullptr;
    auto size = static_cast<std::size_t>(BIO_get_mem_data(text, &data));
    auto draft = path + ".new";
    auto fd = ::open(draft.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, rights);
    must(fd >= 0, "cannot create a file in the folder");
    bool ok = ::write(fd, data, size) == static_cast<ssize_t>(size) && ::fsync(fd) == 0;
    ok = ::close(fd) == 0 && ok;
    must(ok && std::rename(draft.c_str(), path.c_str()) == 0, "cannot write a file in the folder");
}
void write_certificates(std::string const& path, std::vector<X509*> const& all) {
    bio out(BIO_new(BIO_s_mem()), &BIO_free);
    for (auto x : all) must(PEM_write_bio_X509(out.get(), x) == 1, "a certificate");
    put(path, out.get(), 0644);
}
void write_key(std::string const& path, EVP_PKEY* key) {
    bio out(BIO_new(BIO_s_mem()), &BIO_free);
    must(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
         "a key");
    put(path, out.get(), 0600);
}

void add_crl(BIO* out, holder const& issuer, X509 const* revoked) {
    std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> crl(X509_CRL_new(), &X509_CRL_free);
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.certificate.get()));
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> from(X509_gmtime_adj(nullptr, -day),
                                                               &ASN1_TIME_free);
    std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> until(X509_gmtime_adj(nullptr, 365 * day),
                                                                &ASN1_TIME_free);
    X509_CRL_set1_lastUpdate(crl.get(), from.get());
    X509_CRL_set1_nextUpdate(crl.get(), until.get());
    if (revoked != nullptr) {
        auto entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry,
                                      const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(revoked)));
        X509_REVOKED_set_revocationDate(entry, from.get());
        must(X509_CRL_add0_revoked(crl.get(), entry) == 1, "a revocation");
    }
    must(X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0 &&
             PEM_write_bio_X509_CRL(out, crl.get()) == 1,
         "a revocation list");
}
}  // namespace

void make_sandbox_pki(std::string const& dir, sandbox_pki_options const& options) {
    must(::mkdir(dir.c_str(), 0700) == 0 || errno == EEXIST, "cannot create the folder");
    authority ca(options);
    auto file = [&](std::string const& name) { return dir + "/" + name; };
    auto root =
        ca.make({"ACR SANDBOX", "keyCertSign,cRLSign", "", "", true, -day, 3650 * day}, nullptr);
    auto middle =
        ca.make({"ACI SANDBOX ORG", "keyCertSign,cRLSign", "", "", true, -day, 3650 * day}, &root);
    auto const local = std::string("DNS:localhost,IP:127.0.0.1");
    auto const sign = std::string("digitalSignature");
    struct leaf {
        char const* name;
        profile what;
    };
    std::vector<leaf> const leaves{
        {"server", {"gateway.sandbox.example", sign, "serverAuth", local}},
        {"operator", {"smtp.sandbox.example", sign, "serverAuth,clientAuth", local}},
        {"dmp", {"dmp.sandbox.example", sign, "serverAuth", local}},
        {"gateway-client", {"GATEWAY ORG_AUTH_CLI", sign, "clientAuth", ""}},
        {"seal", {"GATEWAY ORG_SIGN", "digitalSignature,nonRepudiation", "emailProtection", ""}},
        {"emitter",
         {"emitter.hopital.example", sign, "clientAuth", "email:dpi@hopital.mssante.example"}},
        {"expired", {"expired.hopital.example", sign, "clientAuth", "", false, -30 * day, -day}},
        {"revoked", {"revoked.hopital.example", sign, "clientAuth", ""}}};
    x509 revoked{nullptr, &X509_free};
    for (auto const& l : leaves) {
        auto made = ca.make(l.what, &middle);
        write_certificates(file(std::string(l.name) + ".crt"),
                           {made.certificate.get(), middle.certificate.get()});
        write_key(file(std::string(l.name) + ".key"), made.key.get());
        if (std::string_view(l.name) == "revoked") revoked = std::move(made.certificate);
    }
    bio lists(BIO_new(BIO_s_mem()), &BIO_free);
    add_crl(lists.get(), root, nullptr);
    add_crl(lists.get(), middle, revoked.get());
    put(file("crl.pem"), lists.get(), 0644);
    write_certificates(file("root.crt"), {root.certificate.get()});
    write_key(file("root.key"), root.key.get());
    write_certificates(file("intermediate.crt"), {middle.certificate.get()});
    write_key(file("intermediate.key"), middle.key.get());
    write_certificates(file("ca.crt"), {root.certificate.get(), middle.certificate.get()});
}
}  // namespace certs
