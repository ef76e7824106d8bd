#include "cda/base64.hpp"

#include <cstdint>

namespace cda {
std::optional<std::string> decode_base64(std::string_view in) {
    std::string out;
    out.reserve(in.size() * 3 / 4);
    std::uint32_t group = 0;
    int have = 0, padding = 0;
    for (char c : in) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        if (c == '=') {
            if (++padding > 2) return std::nullopt;
            continue;
        }
        if (padding != 0) return std::nullopt;
        int v = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : c >= '0' && c <= '9' ? c - '0' + 52
                : c == '+'             ? 62
                : c == '/'             ? 63
                                       : -1;
        if (v < 0) return std::nullopt;
        group = (group << 6) | static_cast<std::uint32_t>(v);
        if (++have == 4) {
            out.push_back(static_cast<char>(group >> 16));
            out.push_back(static_cast<char>((group >> 8) & 0xFF));
            out.push_back(static_cast<char>(group & 0xFF));
            group = 0;
            have = 0;
        }
    }
    if (have == 0) return padding == 0 ? std::optional(out) : std::nullopt;
    if (have == 1 || have + padding != 4) return std::nullopt;
    if (have == 3) {
        out.push_back(static_cast<char>(group >> 10));
        out.push_back(static_cast<char>((group >> 2) & 0xFF));
    } else {
        out.push_back(static_cast<char>(group >> 4));
    }
    return out;
}
}  // namespace cda
