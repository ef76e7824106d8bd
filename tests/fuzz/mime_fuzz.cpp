/// A mail: no crash, the same verdict twice, limits hold, and a refusal names a rule.
#include <cstdint>
#include <cstdlib>

#include "connectors/mime/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    mime::limits limits;
    limits.parts = 50;
    auto one = mime::read(bytes, limits);
    auto two = mime::read(bytes, limits);
    if (one.index() != two.index()) std::abort();
    if (auto bad = std::get_if<cda::findings>(&one)) {
        if (bad->empty() || bad->front().message.fr.empty()) std::abort();
    } else if (std::get<mime::message>(one).attachments.size() > limits.parts) {
        std::abort();
    }
    return 0;
}
