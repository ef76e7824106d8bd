#include "certs/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

namespace certs {
namespace {
std::string digest(std::string_view in, EVP_MD const* kind) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(in.data(), in.size(), out.data(), &size, kind, nullptr) != 1)
        throw std::runtime_error("digest failed");
    return {reinterpret_cast<char const*>(out.data()), size};
}

std::string from_base64(std::string const& in) {
    std::vector<unsigned char> out(in.size() / 4 * 3 + 3);
    auto n = EVP_DecodeBlock(out.data(), reinterpret_cast<unsigned char const*>(in.data()),
                             static_cast<int>(in.size()));
    if (n < 0) return {};
    auto size = static_cast<std::size_t>(n);
    for (auto i = in.size(); i > 0 && in[i - 1] == '='; --i) --size;
    return {reinterpret_cast<char const*>(out.data()), size};
}

struct scrypt_cost {
    std::uint64_t n{16384}, r{8}, p{1};
};
std::string scrypt(std::string_view password, std::string const& salt, scrypt_cost const& cost) {
    std::array<unsigned char, 32> out{};
    if (EVP_PBE_scrypt(password.data(), password.size(),
                       reinterpret_cast<unsigned char const*>(salt.data()), salt.size(), cost.n,
                       cost.r, cost.p, 128ULL << 20, out.data(), out.size()) != 1)
        throw std::runtime_error("scrypt failed");
    return {reinterpret_cast<char const*>(out.data()), out.size()};
}
}  // namespace

std::string sha256(std::string_view in) { return digest(in, EVP_sha256()); }
std::string sha256_hex(std::string_view in) { return hex(sha256(in)); }
struct sha256_stream::state {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};
sha256_stream::sha256_stream() : state_(std::make_unique<state>()) {
    if (EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("digest failed");
}
sha256_stream::~sha256_stream() = default;
void sha256_stream::add(std::string_view piece) {
    if (EVP_DigestUpdate(state_->context.get(), piece.data(), piece.size()) != 1)
        throw std::runtime_error("digest failed");
}
std::string sha256_stream::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(state_->context.get(), out.data(), &size) != 1)
        throw std::runtime_error("digest failed");
    return certs::hex({reinterpret_cast<char const*>(out.data()), size});
}
std::string sha1_hex(std::string_view in) { return hex(digest(in, EVP_sha1())); }

std::string hex(std::string_view in) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(in.size() * 2);
    for (char c : in) {
        auto b = static_cast<unsigned char>(c);
        out.push_back(digits[b >> 4]);
        out.push_back(digits[b & 15]);
    }
    return out;
}

std::string base64(std::string_view in) {
    std::string out((in.size() + 2) / 3 * 4 + 1, '\0');
    auto n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                             reinterpret_cast<unsigned char const*>(in.data()),
                             static_cast<int>(in.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

std::string random_bytes(std::size_t n) {
    std::string out(n, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(n)) != 1)
        throw std::runtime_error("no randomness");
    return out;
}

std::string uuid() {
    auto bytes = random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    auto text = hex(bytes);
    for (auto at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
    return text;
}

std::string hash_password(std::string_view password) {
    scrypt_cost cost;
    auto salt = random_bytes(16);
    return "scrypt$" + std::to_string(cost.n) + "$" + std::to_string(cost.r) + "$" +
           std::to_string(cost.p) + "$" + base64(salt) + "$" + base64(scrypt(password, salt, cost));
}

bool password_matches(std::string_view password, std::string_view stored) {
    std::vector<std::string> part(1);
    for (char c : stored) {
        if (c == '$')
            part.emplace_back();
        else
            part.back().push_back(c);
    }
    if (part.size() != 6 || part[0] != "scrypt") return false;
    scrypt_cost cost;
    auto number = [](std::string const& s, std::uint64_t& out) {
        auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
        return error == std::errc{} && end == s.data() + s.size();
    };
    if (!number(part[1], cost.n) || !number(part[2], cost.r) || !number(part[3], cost.p))
        return false;
    auto wanted = from_base64(part[5]);
    auto got = scrypt(password, from_base64(part[4]), cost);
    return wanted.size() == got.size() && CRYPTO_memcmp(wanted.data(), got.data(), got.size()) == 0;
}
}  // namespace certs
