#include "cda/ins.hpp"

#include <cstdint>

namespace cda {
std::optional<ins_authority> authority_of(std::string_view root) noexcept {
    if (root == "1.2.250.1.213.1.4.8") return ins_authority::nir;
    if (root == "1.2.250.1.213.1.4.9") return ins_authority::nia;
    if (root == "1.2.250.1.213.1.4.10") return ins_authority::nir_test;
    if (root == "1.2.250.1.213.1.4.11") return ins_authority::nir_demo;
    return std::nullopt;
}

bool matricule_well_formed(std::string_view m) noexcept {
    if (m.size() != 15 || std::string_view("123478").find(m[0]) == std::string_view::npos)
        return false;
    for (std::size_t i = 1; i < m.size(); ++i) {
        bool digit = m[i] >= '0' && m[i] <= '9';
        bool corsica = i == 6 && m[5] == '2' && (m[6] == 'A' || m[6] == 'B');
        if (!digit && !corsica) return false;
    }
    return true;
}

bool matricule_key_ok(std::string_view m) noexcept {
    std::int64_t n = 0;
    for (std::size_t i = 0; i < 13; ++i) {
        char c = m[i];
        if (i == 5 && m[6] == 'A') c = '1';
        if (i == 5 && m[6] == 'B') c = '1';
        if (i == 6 && m[6] == 'A') c = '9';
        if (i == 6 && m[6] == 'B') c = '8';
        n = n * 10 + (c - '0');
    }
    return 97 - n % 97 == (m[13] - '0') * 10 + (m[14] - '0');
}

std::optional<ins> ins_of(patient const& p) {
    std::optional<ins> out;
    for (auto const& id : p.ids) {
        if (!authority_of(id.root)) continue;
        ins here{id.extension, id.root};
        if (out && !(*out == here)) return std::nullopt;
        out = here;
    }
    return out;
}
}  // namespace cda
