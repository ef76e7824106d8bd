/// Answers of the DMP: no crash, and nothing without a Success status is a success.
#include <cstdint>
#include <cstdlib>

#include "connectors/dmp/iti41.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto said = dmp::read_answer("application/soap+xml", bytes);
    if (said.what == dmp::registry_answer::kind::success &&
        bytes.find("Success") == std::string_view::npos &&
        bytes.find("&#") == std::string_view::npos && bytes.find('\0') == std::string_view::npos)
        std::abort();
    return 0;
}
