#include "cda/location.hpp"
#include "cda/rules/rule.hpp"

namespace cda::rules {
void context::report(char const* rule, pugi::xml_node where, std::string const& attribute,
                     std::vector<std::string> const& words) const {
    // Before the place is looked for, which takes time where an element has many siblings.
    if (!said.takes(rule, texts.at(rule).level)) return;
    auto n = where ? where : doc.root();
    auto at = doc.position_of(n);
    auto f = texts.make(rule, location(n, attribute), at.line, words);
    f.column = at.column;
    out.push_back(std::move(f));
}

pugi::xml_node context::nearest(std::initializer_list<std::string_view> names) const {
    auto n = doc.root();
    for (auto name : names) {
        auto next = xml::child(n, name);
        if (!next) break;
        n = next;
    }
    return n;
}
}  // namespace cda::rules
