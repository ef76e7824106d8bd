#include <algorithm>
#include <set>

#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
/// The same person: the same INS, or, where neither has one, a common local id; and the same strict
/// traits.
bool same_patient(patient const& a, patient const& b) {
    auto first = ins_of(a), second = ins_of(b);
    if (first.has_value() != second.has_value()) return false;
    if (first && !(*first == *second)) return false;
    if (!first && std::none_of(a.ids.begin(), a.ids.end(), [&](auto const& x) {
            return std::any_of(b.ids.begin(), b.ids.end(), [&](auto const& y) {
                return x.root == y.root && x.extension == y.extension;
            });
        }))
        return false;
    return a.birth_family == b.birth_family &&
           a.birth_time.substr(0, 8) == b.birth_time.substr(0, 8) && a.sex == b.sex;
}
}  // namespace

void check_submission(std::vector<document> const& documents, catalogue const& texts,
                      findings& out) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        auto place = "document[" + std::to_string(i + 1) + "]";
        if (!ids.insert(documents[i].head().unique_id()).second)
            out.push_back(texts.make("SUB-02", place + "/id"));
        if (i > 0 && !same_patient(documents[0].head().patient, documents[i].head().patient))
            out.push_back(texts.make("SUB-01", place + "/recordTarget"));
    }
}
}  // namespace cda::rules
