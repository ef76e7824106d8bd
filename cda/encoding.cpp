#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "cda/parse.hpp"

namespace cda {
namespace {
void put(std::string& out, std::uint32_t c) {
    auto byte = [&](std::uint32_t b) { out.push_back(static_cast<char>(b)); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | (c >> 6));
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | (c >> 12));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 0x3F));
        byte(0x80 | ((c >> 6) & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

enum class order { little, big };
bool from_utf16(std::string_view in, order o, std::string& out) {
    if (in.size() % 2 != 0) return false;
    auto unit = [&](std::size_t i) -> std::uint32_t {
        auto a = static_cast<unsigned char>(in[i]), b = static_cast<unsigned char>(in[i + 1]);
        return o == order::little ? a | (static_cast<std::uint32_t>(b) << 8)
                                  : b | (static_cast<std::uint32_t>(a) << 8);
    };
    out.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); i += 2) {
        auto c = unit(i);
        if (c >= 0xDC00 && c < 0xE000) return false;
        if (c >= 0xD800 && c < 0xDC00) {
            if (i + 3 >= in.size()) return false;
            auto low = unit(i + 2);
            if (low < 0xDC00 || low >= 0xE000) return false;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        put(out, c);
    }
    return true;
}

void from_latin(std::string_view in, bool latin9, std::string& out) {
    out.reserve(in.size() + in.size() / 16);
    for (char ch : in) {
        std::uint32_t c = static_cast<unsigned char>(ch);
        if (latin9) {  // the eight places where ISO-8859-15 differs from -1
            static constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 8> moved{
                {{0xA4, 0x20AC},
                 {0xA6, 0x160},
                 {0xA8, 0x161},
                 {0xB4, 0x17D},
                 {0xB8, 0x17E},
                 {0xBC, 0x152},
                 {0xBD, 0x153},
                 {0xBE, 0x178}}};
            for (auto [from, to] : moved)
                if (c == from) {
                    c = to;
                    break;
                }
        }
        put(out, c);
    }
}

/// Eight bytes that are all printable ASCII: nearly all of a document is.
bool plain(char const* p) {
    std::uint64_t w = 0;
    std::memcpy(&w, p, sizeof w);
    constexpr std::uint64_t ones = 0x0101010101010101U;
    return ((w | (w - ones * 0x20)) & (ones * 0x80)) == 0;
}

/// Valid UTF-8 of characters that XML allows; else the offset of the first fault.
std::size_t first_bad_utf8(std::string_view s) {
    for (std::size_t i = 0; i < s.size();) {
        if (i + 8 <= s.size() && plain(s.data() + i)) {
            i += 8;
            continue;
        }
        auto at = [&](std::size_t k) {
            return static_cast<std::uint32_t>(static_cast<unsigned char>(s[k]));
        };
        auto c = at(i);
        if (c < 0x80) {
            if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return i;
            ++i;
            continue;
        }
        std::size_t n = c >= 0xC2 && c < 0xE0   ? 1
                        : c >= 0xE0 && c < 0xF0 ? 2
                        : c >= 0xF0 && c < 0xF5 ? 3
                                                : 0;
        if (n == 0 || i + n >= s.size()) return i;
        std::uint32_t v = c & (0x3FU >> n);
        for (std::size_t k = 1; k <= n; ++k) {
            if ((at(i + k) & 0xC0) != 0x80) return i;
            v = (v << 6) | (at(i + k) & 0x3F);
        }
        static constexpr std::array<std::uint32_t, 4> least{0, 0x80, 0x800, 0x10000};
        if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v < 0xE000) || v == 0xFFFE ||
            v == 0xFFFF)
            return i;
        i += n + 1;
    }
    return std::string_view::npos;
}

/// The encoding named by the XML declaration, upper case; empty when none.
std::string declared(std::string_view text) {
    if (!text.starts_with("<?xml") || text.find_first_of(" \t\r\n") != 5) return {};
    auto declaration = text.substr(0, text.find("?>"));
    auto at = declaration.find("encoding");
    if (at == std::string_view::npos) return {};
    auto open = declaration.find_first_of("\"'", at);
    if (open == std::string_view::npos) return {};
    auto close = declaration.find(declaration[open], open + 1);
    if (close == std::string_view::npos) return {};
    std::string name(declaration.substr(open + 1, close - open - 1));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return name;
}
}  // namespace

std::optional<scan_fault> to_utf8(std::string_view bytes, std::string& out) {
    out.clear();
    bool ok = true;
    if (bytes.starts_with("\xFF\xFE")) {
        ok = from_utf16(bytes.substr(2), order::little, out);
    } else if (bytes.starts_with("\xFE\xFF")) {
        ok = from_utf16(bytes.substr(2), order::big, out);
    } else if (bytes.starts_with(std::string_view("<\0?\0", 4))) {
        ok = from_utf16(bytes, order::little, out);
    } else if (bytes.starts_with(std::string_view("\0<\0?", 4))) {
        ok = from_utf16(bytes, order::big, out);
    } else {
        if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
        auto name = declared(bytes);
        if (name.empty() || name == "UTF-8" || name == "UTF8" || name == "US-ASCII" ||
            name == "ASCII")
            out.assign(bytes);
        else if (name == "ISO-8859-1" || name == "LATIN1" || name == "ISO_8859-1")
            from_latin(bytes, false, out);
        else if (name == "ISO-8859-15" || name == "LATIN-9" || name == "LATIN9")
            from_latin(bytes, true, out);
        else
            ok = false;
    }
    if (!ok) return scan_fault{"XML-02", 1};
    auto bad = first_bad_utf8(out);
    if (bad == std::string_view::npos) return std::nullopt;
    return scan_fault{"XML-02",
                      1 + static_cast<int>(std::count(
                              out.begin(), out.begin() + static_cast<std::ptrdiff_t>(bad), '\n'))};
}
}  // namespace cda
