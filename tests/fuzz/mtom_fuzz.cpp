/// multipart/related: no crash, parts are views into the body and do not grow.
#include <cstdint>
#include <cstdlib>

#include "connectors/dmp/mtom.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto line = std::min(bytes.find('\n'), bytes.size());
    auto body = bytes.substr(line);
    auto read = dmp::read_mtom(bytes.substr(0, line), body);
    if (!read) return 0;
    std::size_t total = read->root.size();
    for (auto const& [id, part] : read->parts) {
        if (!part.empty() &&
            (part.data() < body.data() || part.data() + part.size() > body.data() + body.size()))
            std::abort();
        total += part.size();
        (void)dmp::part_of(*read, "cid:" + id);
    }
    if (total > body.size()) std::abort();
    return 0;
}
