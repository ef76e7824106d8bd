/// Any bytes: parse and check never crash, and what parses has a line for its root.
#include <cstdint>
#include <cstdlib>

#include "cda/check.hpp"
#include "cda/xml.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    cda::check_options options;
    options.env = cda::environment::test;
    auto v = cda::check({bytes}, options);
    for (auto const& d : v.parsed)
        if (d.position_of({}).line != 0) std::abort();
    if (v.accepted && v.parsed.empty()) std::abort();
    return 0;
}
