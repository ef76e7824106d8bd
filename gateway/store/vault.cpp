#include "gateway/store/vault.hpp"

#include <openssl/evp.h>

#include <memory>

#include "certs/digest.hpp"

namespace gateway {
namespace {
constexpr std::size_t key_size = 32, nonce_size = 12, tag_size = 16;

using cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
unsigned char const* bytes(std::string_view s) {
    return reinterpret_cast<unsigned char const*>(s.data());
}
unsigned char* bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
void must(int ok) {
    if (ok != 1) throw std::runtime_error("AES-GCM failed");
}

/// nonce, tag, ciphertext
std::string encrypt(std::string_view key, std::string_view about, std::string_view clear) {
    auto nonce = certs::random_bytes(nonce_size);
    cipher c(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int n = 0;
    must(EVP_EncryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)));
    must(EVP_EncryptUpdate(c.get(), nullptr, &n, bytes(about), static_cast<int>(about.size())));
    std::string out(clear.size(), '\0'), tag(tag_size, '\0');
    must(EVP_EncryptUpdate(c.get(), bytes(out), &n, bytes(clear), static_cast<int>(clear.size())));
    must(EVP_EncryptFinal_ex(c.get(), bytes(out) + n, &n));
    must(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, tag_size, bytes(tag)));
    return nonce + tag + out;
}

std::string decrypt(std::string_view key, std::string_view about, std::string_view sealed) {
    if (sealed.size() < nonce_size + tag_size)
        throw content_corrupt("a stored content is truncated");
    auto body = sealed.substr(nonce_size + tag_size);
    std::string tag(sealed.substr(nonce_size, tag_size)), out(body.size(), '\0');
    cipher c(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int n = 0;
    must(EVP_DecryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(sealed)));
    must(EVP_DecryptUpdate(c.get(), nullptr, &n, bytes(about), static_cast<int>(about.size())));
    must(EVP_DecryptUpdate(c.get(), bytes(out), &n, bytes(body), static_cast<int>(body.size())));
    must(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, tag_size, bytes(tag)));
    if (EVP_DecryptFinal_ex(c.get(), bytes(out) + n, &n) != 1)
        throw content_corrupt("a stored content fails its check");
    return out;
}
}  // namespace

vault::vault(std::string key) : master_(std::move(key)) {
    if (master_.size() != key_size) throw std::logic_error("the master key must be 32 bytes");
}

std::string vault::seal(std::string_view id, std::string_view clear) const {
    auto key = certs::random_bytes(key_size);
    return encrypt(master_, id, key) + encrypt(key, id, clear);
}

static_assert(vault::key_part == nonce_size + tag_size + key_size);

bool vault::fits(std::string_view id, std::string_view sealed) const {
    try {
        (void)decrypt(master_, id, sealed.substr(0, key_part));
        return true;
    } catch (content_corrupt const&) {
        return false;
    }
}

std::string vault::open(std::string_view id, std::string_view sealed) const {
    if (sealed.size() < key_part) throw content_corrupt("a stored content is truncated");
    auto key = decrypt(master_, id, sealed.substr(0, key_part));
    return decrypt(key, id, sealed.substr(key_part));
}
}  // namespace gateway
