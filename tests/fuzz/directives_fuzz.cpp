/// Directives as JSON: no crash, and a refusal names a rule.
#include <cstdint>
#include <cstdlib>

#include "gateway/directives.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto read = gateway::parse_directives(bytes);
    auto bad = std::get_if<cda::findings>(&read);
    if (bad != nullptr && (bad->empty() || bad->front().rule != "SUB-04")) std::abort();
    return 0;
}
