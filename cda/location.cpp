#include "cda/location.hpp"

#include "cda/names.hpp"
#include "cda/rulebook.hpp"
#include "cda/xml.hpp"

namespace cda {
namespace {
bool known(std::string const& name) {
    return rulebook::shipped().element_names().find(name) != no_name;
}

/// The canonical name; empty when it is none of CDA's.
std::string name_of(pugi::xml_node n) {
    auto fixed = prefix_of(xml::namespace_of(n));
    if (fixed == nullptr) return {};
    auto out = fixed + std::string(xml::local(n));
    return known(out) ? out : std::string{};
}

std::string step_of(pugi::xml_node n) {
    auto name = name_of(n);
    std::string_view raw = n.name();
    auto alike = [&](pugi::xml_node s) {
        return s.type() == pugi::node_element && (name.empty() || raw == s.name());
    };
    std::size_t before = 1;
    for (auto s = n.previous_sibling(); s; s = s.previous_sibling()) before += alike(s);
    bool alone = before == 1;
    for (auto s = n.next_sibling(); s && alone; s = s.next_sibling()) alone = !alike(s);
    if (name.empty()) name = "*";
    return alone ? name : name + "[" + std::to_string(before) + "]";
}
}  // namespace

std::string location(pugi::xml_node n) {
    std::string out;
    for (; n && n.type() == pugi::node_element; n = n.parent()) {
        bool root = xml::local(n) == "ClinicalDocument" && xml::namespace_of(n) == "urn:hl7-org:v3";
        out = "/" + (root ? std::string("ClinicalDocument") : step_of(n)) + out;
        if (root) break;
    }
    return out;
}

std::string location(pugi::xml_node n, std::string_view attribute) {
    auto out = location(n);
    auto name = "@" + std::string(attribute);
    return known(name) ? out + "/" + name : out;
}

std::string shown_tag(std::string_view raw) {
    auto local = std::string(raw.substr(raw.find(':') + 1));
    return known(local) ? local : "…";
}
}  // namespace cda
