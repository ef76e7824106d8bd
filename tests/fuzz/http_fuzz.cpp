/// One request: no crash, and the same verdict however the bytes were cut.
#include <cstdint>
#include <cstdlib>

#include "connectors/http/request_reader.hpp"

namespace {
struct outcome {
    int refused;
    bool done;
    std::string target, body;
    friend bool operator==(outcome const&, outcome const&) = default;
};
outcome read(std::string_view bytes, std::size_t piece) {
    http::server_limits limits;
    limits.header_bytes = 4096;
    limits.body_bytes = 8192;
    http::request_reader r(limits);
    std::string held;
    while (!r.done() && r.refused() == 0) {
        if (bytes.empty()) break;
        held += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (;;) {
            auto taken = r.feed(held);
            held.erase(0, taken);
            (void)r.head_came();
            if (taken == 0 || held.empty() || r.done() || r.refused() != 0) break;
        }
    }
    outcome out{r.refused(), r.done(), "", ""};
    http::request q;
    if (r.done() && r.take(q)) {
        out.target = q.target;
        out.body = q.body;
        if (q.body.size() > limits.body_bytes) std::abort();
    }
    return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto whole = read(bytes, size + 1);
    auto cut = read(bytes, 3);
    // Limits count what stands in the buffer, so a refusal may come under another number.
    if (whole.done && cut.done && !(whole == cut)) std::abort();
    return 0;
}
