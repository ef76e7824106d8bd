/// Digests and text forms of bytes, over OpenSSL.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace certs {
[[nodiscard]] std::string sha256_hex(std::string_view);
[[nodiscard]] std::string sha1_hex(std::string_view);  ///< XDS `hash` only
[[nodiscard]] std::string sha256(std::string_view);    ///< 32 raw bytes
/// SHA-256 of what comes piece by piece.
class sha256_stream {
public:
    sha256_stream();
    ~sha256_stream();
    sha256_stream(sha256_stream const&) = delete;
    sha256_stream& operator=(sha256_stream const&) = delete;
    void add(std::string_view);
    /// Of all that was added; nothing may be added afterwards.
    [[nodiscard]] std::string hex();

private:
    struct state;
    std::unique_ptr<state> state_;
};
[[nodiscard]] std::string base64(std::string_view);  ///< one line
[[nodiscard]] std::string random_bytes(std::size_t);
[[nodiscard]] std::string uuid();  ///< v4, lower case
[[nodiscard]] std::string hex(std::string_view);
/// "scrypt$N$r$p$salt$hash" (base64) and its constant-time check.
[[nodiscard]] std::string hash_password(std::string_view);
[[nodiscard]] bool password_matches(std::string_view password, std::string_view stored);
}  // namespace certs
