/// One blocking HTTP exchange over libcurl. No redirects, TLS 1.2 or better, bounded answers.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {
struct client_request {
    std::string method{"GET"}, url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
    std::string certificate, key, trust;  ///< PEM paths; empty: none, and the system's trust
    std::chrono::seconds connect{10}, total{60};
    std::size_t most_bytes{10U << 20};
};
struct client_answer {
    /// How far it went; decides whether the peer may have acted on the request.
    enum class reach {
        not_sent,     ///< no connection: the peer has seen nothing
        tls_refused,  ///< a certificate or the handshake: an operator must act
        unknown,      ///< connected, but no whole answer came back
        answered
    } reached{reach::not_sent};
    int status{0};
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body, error;
    [[nodiscard]] std::string header(std::string_view lower_case_name) const;
};
[[nodiscard]] client_answer exchange(client_request const&);
}  // namespace http
