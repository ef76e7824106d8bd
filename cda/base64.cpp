#include "cda/base64.hpp"

#include <array>
#include <cstdint>

namespace cda {
namespace {
constexpr std::uint8_t blank = 64, pad = 65, foreign = 66;

constexpr std::array<std::uint8_t, 256> make_values() {
    std::array<std::uint8_t, 256> t{};
    for (auto& v : t) v = foreign;
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < letters.size(); ++i)
        t[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
    for (char c : {' ', '\t', '\r', '\n'}) t[static_cast<unsigned char>(c)] = blank;
    t['='] = pad;
    return t;
}
constexpr auto values = make_values();

/// Walks the alphabet and hands out each whole group. @return false when the text is no base64.
/// @param put  called with three bytes in the low 24 bits, and how many of them count, from the
/// left
template <class Put>
bool walk(std::string_view in, Put put) {
    auto at = reinterpret_cast<unsigned char const*>(in.data());
    auto const end = at + in.size();
    std::uint32_t group = 0;
    int have = 0, padding = 0;
    while (at != end) {
        // Nearly all of a content is whole groups of four letters in a row.
        if (have == 0 && padding == 0) {
            while (end - at >= 4) {
                auto a = values[at[0]], b = values[at[1]], c = values[at[2]], d = values[at[3]];
                if (((a | b | c | d) & 0xC0) != 0) break;
                put((static_cast<std::uint32_t>(a) << 18) | (static_cast<std::uint32_t>(b) << 12) |
                        (static_cast<std::uint32_t>(c) << 6) | d,
                    3);
                at += 4;
            }
            if (at == end) break;
        }
        auto v = values[*at++];
        if (v == blank) continue;
        if (v == pad) {
            if (++padding > 2) return false;
            continue;
        }
        if (v == foreign || padding != 0) return false;
        group = (group << 6) | v;
        if (++have < 4) continue;
        put(group, 3);
        group = 0;
        have = 0;
    }
    if (have == 0 ? padding != 0 : have == 1 || have + padding != 4) return false;
    if (have == 3) put(group << 6, 2);
    if (have == 2) put(group << 12, 1);
    return true;
}
}  // namespace

std::optional<std::string> decode_base64(std::string_view in) {
    std::string out(in.size() / 4 * 3 + 3, '\0');
    auto* to = out.data();
    if (!walk(in, [&](std::uint32_t bytes, int n) {
            for (int shift = 16; n > 0; --n, shift -= 8)
                *to++ = static_cast<char>((bytes >> shift) & 0xFF);
        }))
        return std::nullopt;
    out.resize(static_cast<std::size_t>(to - out.data()));
    return out;
}

base64_facts inspect_base64(std::string_view in, std::size_t head_bytes) {
    base64_facts out;
    out.valid = walk(in, [&](std::uint32_t bytes, int n) {
        out.size += static_cast<std::size_t>(n);
        if (out.head.size() >= head_bytes) return;
        for (int shift = 16; n > 0; --n, shift -= 8)
            out.head += static_cast<char>((bytes >> shift) & 0xFF);
    });
    return out;
}
}  // namespace cda
