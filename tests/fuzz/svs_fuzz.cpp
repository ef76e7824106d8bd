/// Value-set files: whatever the bytes, a set is read whole or nothing changes.
#include <cstdlib>

#include "cda/value_sets.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    cda::value_sets sets;
    auto wrong = sets.add_svs({reinterpret_cast<char const*>(data), size});
    if (wrong.has_value() != sets.all().empty()) std::abort();
    return 0;
}
