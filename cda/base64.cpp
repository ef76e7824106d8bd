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
}  // namespace

std::optional<std::string> decode_base64(std::string_view in) {
    std::string out(in.size() / 4 * 3 + 3, '\0');
    auto* to = out.data();
    std::uint32_t group = 0;
    int have = 0, padding = 0;
    for (char c : in) {
        auto v = values[static_cast<unsigned char>(c)];
        if (v == blank) continue;
        if (v == pad) {
            if (++padding > 2) return std::nullopt;
            continue;
        }
        if (v == foreign || padding != 0) return std::nullopt;
        group = (group << 6) | v;
        if (++have < 4) continue;
        *to++ = static_cast<char>(group >> 16);
        *to++ = static_cast<char>((group >> 8) & 0xFF);
        *to++ = static_cast<char>(group & 0xFF);
        group = 0;
        have = 0;
    }
    if (have == 0 ? padding != 0 : have == 1 || have + padding != 4) return std::nullopt;
    if (have == 3) {
        *to++ = static_cast<char>(group >> 10);
        *to++ = static_cast<char>((group >> 2) & 0xFF);
    } else if (have == 2) {
        *to++ = static_cast<char>(group >> 4);
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    return out;
}
}  // namespace cda
