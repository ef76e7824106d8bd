/// Command lines and DATA: no crash; the content does not depend on how the bytes were cut.
#include <cstdint>
#include <cstdlib>

#include "connectors/smtp/command.hpp"
#include "connectors/smtp/dot_reader.hpp"

namespace {
struct outcome {
    bool done, spoiled;
    std::string content;
    friend bool operator==(outcome const&, outcome const&) = default;
};
outcome read(std::string_view bytes, std::size_t piece) {
    smtp::dot_reader r(4096, 1000);
    while (!bytes.empty() && !r.done()) {
        auto part = bytes.substr(0, piece);
        auto taken = r.feed(part);
        if (taken != part.size() && !r.done()) std::abort();
        bytes.remove_prefix(part.size());
    }
    return {r.done(), r.spoiled(), r.spoiled() ? std::string{} : r.take()};
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<char const*>(data), size);
    auto whole = read(bytes, size + 1);
    if (!(whole == read(bytes, 1)) || !(whole == read(bytes, 7))) std::abort();
    if (whole.done && !whole.spoiled && whole.content.find("\r\n.\r\n") != std::string::npos &&
        bytes.find("\r\n..\r\n") == std::string_view::npos && !bytes.starts_with("..\r\n"))
        std::abort();
    auto c = smtp::parse_command(bytes.substr(0, bytes.find('\r')));
    (void)smtp::parse_mail(c.arguments);
    (void)smtp::parse_rcpt(c.arguments, true);
    (void)smtp::parse_bdat(c.arguments);
    (void)smtp::decode_xtext(c.arguments);
    (void)smtp::decode_base64(c.arguments);
    return 0;
}
