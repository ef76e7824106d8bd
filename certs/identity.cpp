#include "certs/identity.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "certs/digest.hpp"

namespace certs {
namespace {
using bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string reason() {
    char text[256];
    auto code = ERR_get_error();
    if (code == 0) return "not in PEM form";
    ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}
bio open(std::string const& file) {
    bio in(BIO_new_file(file.c_str(), "r"), &BIO_free);
    if (!in) throw load_error(file + ": cannot be read");
    return in;
}
/// A key under a pass phrase would make the daemon wait at a terminal; it is refused instead.
int no_pass_phrase(char*, int, int, void*) { return -1; }

std::string text_of(BIO* out) {
    char* data = nullptr;
    auto size = BIO_get_mem_data(out, &data);
    return {data, static_cast<std::size_t>(size)};
}
std::string utf8(ASN1_STRING const* s) {
    unsigned char* data = nullptr;
    auto size = ASN1_STRING_to_UTF8(&data, s);
    if (size < 0) return {};
    std::string out(reinterpret_cast<char const*>(data), static_cast<std::size_t>(size));
    OPENSSL_free(data);
    // A name with a NUL inside reads as another name to programs that stop there.
    return out.find('\0') == std::string::npos ? out : std::string{};
}
std::string first_entry(X509* x, int nid) {
    auto name = X509_get_subject_name(x);
    auto at = X509_NAME_get_index_by_NID(name, nid, -1);
    return at < 0 ? std::string{} : utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}
}  // namespace

struct identity::state {
    certificate_ptr leaf{nullptr, &X509_free};
    key_ptr key{nullptr, &EVP_PKEY_free};
    std::vector<certificate_ptr> chain;
};

identity identity::load_pem(std::string const& cert_file, std::string const& key_file) {
    auto s = std::make_shared<state>();
    auto certs_in = open(cert_file);
    s->leaf.reset(PEM_read_bio_X509(certs_in.get(), nullptr, &no_pass_phrase, nullptr));
    if (!s->leaf) throw load_error(cert_file + ": " + reason());
    while (auto next = PEM_read_bio_X509(certs_in.get(), nullptr, &no_pass_phrase, nullptr))
        s->chain.emplace_back(next, &X509_free);
    ERR_clear_error();  // the end of the file is no fault
    auto key_in = open(key_file);
    s->key.reset(PEM_read_bio_PrivateKey(key_in.get(), nullptr, &no_pass_phrase, nullptr));
    if (!s->key) throw load_error(key_file + ": " + reason());
    if (X509_check_private_key(s->leaf.get(), s->key.get()) != 1) {
        ERR_clear_error();
        throw load_error(key_file + ": is not the key of the certificate in " + cert_file);
    }
    identity out;
    out.state_ = std::move(s);
    return out;
}

X509* identity::certificate() const { return state_->leaf.get(); }
EVP_PKEY* identity::key() const { return state_->key.get(); }
std::vector<X509*> identity::intermediates() const {
    std::vector<X509*> out;
    for (auto const& c : state_->chain) out.push_back(c.get());
    return out;
}
std::string identity::subject() const { return subject_of(certificate()); }
std::string identity::organizational_unit() const { return organizational_unit_of(certificate()); }
std::chrono::system_clock::time_point identity::not_after() const {
    std::tm t{};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate()), &t);
    return std::chrono::system_clock::from_time_t(timegm(&t));
}
std::string identity::certificate_base64() const {
    unsigned char* der = nullptr;
    auto size = i2d_X509(certificate(), &der);
    if (size < 0) throw load_error("a certificate cannot be encoded");
    auto out = base64({reinterpret_cast<char const*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return out;
}

std::string subject_of(X509* x) {
    bio out(BIO_new(BIO_s_mem()), &BIO_free);
    // RFC 2253, but with characters beyond ASCII as UTF-8 rather than escaped bytes.
    X509_NAME_print_ex(out.get(), X509_get_subject_name(x), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    return text_of(out.get());
}

std::vector<std::string> names_of(X509* x) {
    std::vector<std::string> out;
    if (auto cn = first_entry(x, NID_commonName); !cn.empty()) out.push_back(cn);
    auto names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        auto name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS && name->type != GEN_EMAIL) continue;
        if (auto text = utf8(name->d.ia5); !text.empty()) out.push_back(text);
    }
    GENERAL_NAMES_free(names);
    return out;
}

std::string organizational_unit_of(X509* x) { return first_entry(x, NID_organizationalUnitName); }
}  // namespace certs
