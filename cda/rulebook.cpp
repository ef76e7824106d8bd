#include "cda/rulebook.hpp"

#include <algorithm>
#include <unordered_set>

namespace cda {
void rulebook::apply(std::vector<std::uint32_t> const& contexts, std::uint32_t element,
                     std::vector<bool> const& active, expression::evaluator& on, std::uint32_t most,
                     judgement& out) const {
    for (auto i : contexts) {
        auto const& c = contexts_[i];
        if (!active[c.pack] || !on.matches(c.at, element)) continue;
        for (auto r : c.tests) {
            auto const& test = tests_[r];
            if (out.times[r] >= most || on.truth(test.test, element)) continue;
            ++out.times[r];
            expression::place where = on.blame(test.test, element);
            if (test.has_near)
                if (auto near = on.first(test.near, element)) where = {near, 0};
            out.broken.push_back({&rules_[r], where});
        }
    }
}

rulebook::judgement rulebook::judge(tree const& t, expression::evaluator& on,
                                    std::uint32_t most) const {
    judgement out;
    out.times.assign(rules_.size(), 0);
    std::vector<bool> active(packs_.size(), true);
    for (std::uint32_t p = 0; p < packs_.size(); ++p) {
        if (!packs_[p].when.empty()) active[p] = on.truth(conditions_[p], 0);
        if (active[p]) out.packs.push_back(p);
    }
    std::unordered_set<std::string_view> seen;
    std::uint32_t seen_under = 0;
    bool in_body = false;
    for (std::uint32_t i = 0; i < t.size() && !on.spent(); ++i) {
        auto const& e = t[i];
        if (i != 0 && e.parent == 0) in_body = e.name == component_;
        if (!in_body && e.name < header_by_name_.size() && !header_by_name_[e.name].empty())
            apply(header_by_name_[e.name], i, active, on, most, out);
        if (e.name < by_name_.size() && !by_name_[e.name].empty())
            apply(by_name_[e.name], i, active, on, most, out);
        if (!anywhere_.empty()) apply(anywhere_, i, active, on, most, out);
        if (e.name != template_id_ || i == 0) continue;
        // A templateId says which contexts its parent is judged by, once for each root.
        auto said = t.find(i, root_);
        auto root = said != nullptr ? said->value : std::string_view{};
        if (auto own = by_own_root_.find(std::string(root)); own != by_own_root_.end())
            apply(own->second, i, active, on, most, out);
        auto found = by_template_.find(std::string(root));
        if (found == by_template_.end()) continue;
        if (seen_under != t[i].parent) seen.clear();
        seen_under = t[i].parent;
        if (seen.insert(root).second) apply(found->second, t[i].parent, active, on, most, out);
    }
    std::stable_sort(out.broken.begin(), out.broken.end(), [](auto const& a, auto const& b) {
        return a.where.element < b.where.element;
    });
    return out;
}
}  // namespace cda
