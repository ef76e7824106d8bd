#include <algorithm>

#include "cda/ascii.hpp"
#include "connectors/mssante/message_form.hpp"

namespace mssante {
namespace {
using cda::ascii::lower;
bool letter_or_digit(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

bool valid_domain(std::string_view d) {
    if (d.empty() || d.size() > 253) return false;
    std::size_t from = 0, labels = 0;
    for (std::size_t i = 0; i <= d.size(); ++i) {
        if (i < d.size() && d[i] != '.') {
            if (!letter_or_digit(d[i]) && d[i] != '-') return false;
            continue;
        }
        auto length = i - from;
        if (length == 0 || length > 63 || d[from] == '-' || d[i - 1] == '-') return false;
        from = i + 1;
        ++labels;
    }
    return labels >= 2;
}
}  // namespace

std::string domain_of(std::string_view address) {
    auto at = address.rfind('@');
    std::string out(at == std::string_view::npos ? std::string_view{} : address.substr(at + 1));
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
    return out;
}

bool valid_address(std::string_view address) {
    auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || address.size() > 254) return false;
    auto local = address.substr(0, at);
    if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
        return false;
    auto atext = [](char c) {
        return letter_or_digit(c) ||
               // '%' and '!' once meant "relay further"; no mailbox of the trust space has them.
               std::string_view("#$&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
    };
    return std::all_of(local.begin(), local.end(), atext) && valid_domain(address.substr(at + 1));
}

bool is_patient_address(std::string_view address) {
    return domain_of(address) == "patient.mssante.fr";
}
}  // namespace mssante
