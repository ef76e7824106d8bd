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

/// Walks the alphabet and hands out each whole byte. @return false when the text is no base64.
template <class Put>
bool walk(std::string_view in, Put put) {
    std::uint32_t group = 0;
    int have = 0, padding = 0;
    for (char c : in) {
        auto v = values[static_cast<unsigned char>(c)];
        if (v == blank) continue;
        if (v == pad) {
            if (++padding > 2) return false;
            continue;
        }
        if (v == foreign || padding != 0) return false;
        group = (group << 6) | v;
        if (++have < 4) continue;
        put(group >> 16);
        put(group >> 8);
        put(group);
        group = 0;
        have = 0;
    }
    if (have == 0 ? padding != 0 : have == 1 || have + padding != 4) return false;
    if (have == 3) {
        put(group >> 10);
        put(group >> 2);
    } else if (have == 2) {
        put(group >> 4);
    }
    return true;
}
}  // namespace

std::optional<std::string> decode_base64(std::string_view in) {
    std::string out(in.size() / 4 * 3 + 3, '\0');
    auto* to = out.data();
    if (!walk(in, [&](std::uint32_t byte) { *to++ = static_cast<char>(byte & 0xFF); }))
        return std::nullopt;
    out.resize(static_cast<std::size_t>(to - out.data()));
    return out;
}

base64_facts inspect_base64(std::string_view in, std::size_t head_bytes) {
    base64_facts out;
    out.valid = walk(in, [&](std::uint32_t byte) {
        if (++out.size <= head_bytes) out.head += static_cast<char>(byte & 0xFF);
    });
    return out;
}
}  // namespace cda
