#include "connectors/mssante/plain_text.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace mssante {
namespace {
/// The next code point; a broken byte stands for itself.
char32_t take(std::string_view& in) {
    auto first = static_cast<unsigned char>(in.front());
    std::size_t size = first < 0x80   ? 1
                       : first < 0xC0 ? 1
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                                      : 4;
    size = std::min(size, in.size());
    char32_t c = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i)
        c = (c << 6) | (static_cast<unsigned char>(in[i]) & 0x3FU);
    in.remove_prefix(size);
    return c;
}

char const* plain(char32_t c) {
    static std::map<char32_t, char const*> const table = [] {
        std::map<char32_t, char const*> t;
        auto all = [&](std::u32string_view from, char const* to) {
            for (auto f : from) t[f] = to;
        };
        all(U"àáâãäåāăą", "a");
        all(U"ÀÁÂÃÄÅĀĂĄ", "A");
        all(U"çćĉċč", "c");
        all(U"ÇĆĈĊČ", "C");
        all(U"ďđ", "d");
        all(U"ĎĐ", "D");
        all(U"èéêëēĕėęě", "e");
        all(U"ÈÉÊËĒĔĖĘĚ", "E");
        all(U"ĝğġģ", "g");
        all(U"ĜĞĠĢ", "G");
        all(U"ìíîïĩīĭįı", "i");
        all(U"ÌÍÎÏĨĪĬĮİ", "I");
        all(U"ĺļľł", "l");
        all(U"ĹĻĽŁ", "L");
        all(U"ñńņň", "n");
        all(U"ÑŃŅŇ", "N");
        all(U"òóôõöøōŏő", "o");
        all(U"ÒÓÔÕÖØŌŎŐ", "O");
        all(U"ŕŗř", "r");
        all(U"ŔŖŘ", "R");
        all(U"śŝşšș", "s");
        all(U"ŚŜŞŠȘ", "S");
        all(U"ţťŧț", "t");
        all(U"ŢŤŦȚ", "T");
        all(U"ùúûüũūŭůűų", "u");
        all(U"ÙÚÛÜŨŪŬŮŰŲ", "U");
        all(U"ýÿŷ", "y");
        all(U"ÝŸŶ", "Y");
        all(U"źżž", "z");
        all(U"ŹŻŽ", "Z");
        all(U"œ", "oe");
        all(U"Œ", "OE");
        all(U"æ", "ae");
        all(U"Æ", "AE");
        all(U"ß", "ss");
        all(U"’‘ʼ", "'");
        all(U"‐‑–—", "-");
        all(U"\u00A0\u202F", " ");
        return t;
    }();
    auto found = table.find(c);
    return found == table.end() ? nullptr : found->second;
}

std::string first_word(std::string const& in) { return in.substr(0, in.find(' ')); }
}  // namespace

std::string without_accents(std::string_view in) {
    std::string out;
    while (!in.empty()) {
        auto c = take(in);
        if (c >= 32 && c < 127)
            out += static_cast<char>(c);
        else if (auto p = plain(c))
            out += p;
        else if (c > 127)
            out += '_';
    }
    return out;
}

std::string cut(std::string_view in, std::size_t most) {
    auto rest = in;
    for (std::size_t n = 0; n < most && !rest.empty(); ++n) take(rest);
    return std::string(in.substr(0, in.size() - rest.size()));
}

std::string french_date(std::string_view t) {
    if (t.size() < 8) return {};
    return std::string(t.substr(6, 2)) + "/" + std::string(t.substr(4, 2)) + "/" +
           std::string(t.substr(0, 4));
}

bearer bearer_of(cda::header const& h) {
    auto const& p = h.patient;
    bearer out;
    out.family = without_accents(p.birth_family.empty() ? p.used_family : p.birth_family);
    std::transform(out.family.begin(), out.family.end(), out.family.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    out.given = without_accents(!p.birth_given_first.empty() ? p.birth_given_first
                                : !p.used_given.empty()      ? p.used_given
                                                             : first_word(p.birth_given_list));
    out.birth_date = french_date(p.birth_time);
    return out;
}
}  // namespace mssante
