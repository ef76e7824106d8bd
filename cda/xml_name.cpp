#include "cda/xml_name.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cda {
namespace {
struct range {
    std::uint32_t from, to;
};
bool within(auto const& ranges, std::uint32_t c) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](range r) { return c >= r.from && c <= r.to; });
}
/// Beyond ASCII; the sequence is known to be whole.
std::uint32_t decoded(std::string_view s, std::size_t bytes) {
    auto c = static_cast<unsigned char>(s[0]) & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i)
        c = (c << 6) | (static_cast<unsigned char>(s[i]) & 0x3FU);
    return c;
}

bool starts(std::uint32_t c) {
    static constexpr std::array<range, 12> all{{{0xC0, 0xD6},
                                                {0xD8, 0xF6},
                                                {0xF8, 0x2FF},
                                                {0x370, 0x37D},
                                                {0x37F, 0x1FFF},
                                                {0x200C, 0x200D},
                                                {0x2070, 0x218F},
                                                {0x2C00, 0x2FEF},
                                                {0x3001, 0xD7FF},
                                                {0xF900, 0xFDCF},
                                                {0xFDF0, 0xFFFD},
                                                {0x10000, 0xEFFFF}}};
    return within(all, c);
}
bool continues(std::uint32_t c) {
    static constexpr std::array<range, 3> more{{{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}}};
    return starts(c) || within(more, c);
}
/// Of the ASCII characters: 2 may begin a name, 1 may stand further on, 0 neither.
constexpr std::array<std::uint8_t, 128> ascii_classes() {
    std::array<std::uint8_t, 128> out{};
    for (unsigned c = 0; c < 128; ++c) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool more = (c >= '0' && c <= '9') || c == '-' || c == '.';
        out[c] = letter || c == '_' || c == ':' ? 2 : more ? 1 : 0;
    }
    return out;
}
constexpr auto classes = ascii_classes();
}  // namespace

std::size_t name_length(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x80) {
            if (classes[lead] < (at == 0 ? 2 : 1)) break;
            ++at;
            continue;
        }
        std::size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (at + bytes > text.size()) break;
        auto c = decoded(text.substr(at), bytes);
        if (at == 0 ? !starts(c) : !continues(c)) break;
        at += bytes;
    }
    return at;
}
}  // namespace cda
