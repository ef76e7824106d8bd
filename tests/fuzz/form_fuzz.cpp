/// multipart/form-data: no crash, and no part that is longer than the body.
#include <cstdint>
#include <cstdlib>

#include "connectors/http/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto line = std::min(bytes.find('\n'), bytes.size());
    std::vector<http::form_part> parts;
    auto body = bytes.substr(line);
    if (!http::parse_form(bytes.substr(0, line), body, parts)) return 0;
    std::size_t total = 0;
    for (auto const& p : parts) {
        if (p.name.empty()) std::abort();
        total += p.body.size();
    }
    if (parts.empty() || total > body.size()) std::abort();
    return 0;
}
