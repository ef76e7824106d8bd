/// IHE_XDM.ZIP: no crash, no more bytes than allowed, and a refusal names a rule.
#include <cstdint>
#include <cstdlib>

#include "connectors/mssante/xdm.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    mssante::xdm_limits limits;
    limits.total_bytes = 1U << 20;
    auto read = mssante::read_xdm(bytes, limits);
    if (auto bad = std::get_if<cda::findings>(&read)) {
        if (bad->empty() || bad->front().message.fr.empty()) std::abort();
        return 0;
    }
    std::size_t total = 0;
    for (auto const& d : std::get<mssante::xdm_content>(read).documents) total += d.bytes.size();
    if (total > limits.total_bytes) std::abort();
    return 0;
}
