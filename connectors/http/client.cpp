#include "connectors/http/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace http {
namespace {
struct gatherer {
    client_answer* out;
    std::size_t most;
};

std::size_t on_body(char* bytes, std::size_t one, std::size_t count, void* owner) {
    auto* g = static_cast<gatherer*>(owner);
    auto size = one * count;
    if (g->out->body.size() + size > g->most) return 0;
    g->out->body.append(bytes, size);
    return size;
}

std::size_t on_header(char* bytes, std::size_t one, std::size_t count, void* owner) {
    auto* g = static_cast<gatherer*>(owner);
    std::string_view line(bytes, one * count);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) g->out->headers.clear();  // after "100 Continue"
    auto colon = line.find(':');
    if (colon != std::string_view::npos) {
        std::string name(line.substr(0, colon));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        auto value = line.substr(colon + 1);
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        g->out->headers.emplace_back(std::move(name), std::string(value));
    }
    return one * count;
}

client_answer::reach reach_of(CURLcode code) {
    using enum client_answer::reach;
    switch (code) {
        case CURLE_OK: return answered;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_CIPHER: return tls_refused;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL: return not_sent;
        default: return unknown;
    }
}

void must(CURLcode code) {
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}
}  // namespace

std::string client_answer::header(std::string_view name) const {
    for (auto const& [key, value] : headers)
        if (key == name) return value;
    return {};
}

client_answer exchange(client_request const& q) {
    static CURLcode const ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    must(ready);
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) throw std::runtime_error("libcurl cannot start");
    auto* c = handle.get();
    client_answer out;
    gatherer g{&out, q.most_bytes};
    char words[CURL_ERROR_SIZE] = "";
    curl_slist* list = nullptr;
    for (auto const& [name, value] : q.headers)
        list = curl_slist_append(list, std::string(name).append(": ").append(value).c_str());
    list = curl_slist_append(list, "Expect:");
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(list, curl_slist_free_all);
    must(curl_easy_setopt(c, CURLOPT_URL, q.url.c_str()));
    must(curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https"));
    must(curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q.method.c_str()));
    must(curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get()));
    must(curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1));
    if (!q.body.empty() || q.method == "POST") {
        must(
            curl_easy_setopt(c, CURLOPT_POSTFIELDS, q.body.data() == nullptr ? "" : q.body.data()));
        must(curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
                              static_cast<curl_off_t>(q.body.size())));
    }
    if (!q.certificate.empty()) {
        must(curl_easy_setopt(c, CURLOPT_SSLCERT, q.certificate.c_str()));
        must(curl_easy_setopt(c, CURLOPT_SSLKEY, q.key.c_str()));
    }
    if (!q.trust.empty()) {
        must(curl_easy_setopt(c, CURLOPT_CAINFO, q.trust.c_str()));
        must(curl_easy_setopt(c, CURLOPT_CAPATH, nullptr));
    }
    must(curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)));
    must(curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L));
    must(curl_easy_setopt(c, CURLOPT_PROXY, ""));
    must(curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, static_cast<long>(q.connect.count())));
    must(curl_easy_setopt(c, CURLOPT_TIMEOUT, static_cast<long>(q.total.count())));
    must(curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words));
    must(curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body));
    must(curl_easy_setopt(c, CURLOPT_WRITEDATA, &g));
    must(curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header));
    must(curl_easy_setopt(c, CURLOPT_HEADERDATA, &g));
    auto code = curl_easy_perform(c);
    out.reached = reach_of(code);
    long status = 0, connected = 0;
    must(curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status));
    out.status = static_cast<int>(status);
    if (code == CURLE_OPERATION_TIMEDOUT) {
        // A time-out before the connection stood cannot have reached the peer.
        curl_off_t appconnect = 0;
        must(curl_easy_getinfo(c, CURLINFO_APPCONNECT_TIME_T, &appconnect));
        bool https = q.url.starts_with("https:");
        must(curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &connected));
        if (connected == 0 || (https && appconnect == 0))
            out.reached = client_answer::reach::not_sent;
    }
    if (code != CURLE_OK) out.error = words[0] != '\0' ? words : curl_easy_strerror(code);
    return out;
}
}  // namespace http
