#include "cda/base64.hpp"
#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
/// Every element that says it is base64 decodes; a truncated picture or PDF would reach the doctor
/// broken.
void encoded(context const& c, pugi::xml_node n) {
    for (auto child : n.children()) {
        if (child.type() != pugi::node_element) continue;
        if (xml::attribute(child, "representation") == "B64") {
            auto bytes = decode_base64(xml::text(child));
            if (!bytes || (bytes->empty() && xml::local(child) == "text"))
                c.report("CDA-02", "component//*[@representation='B64']", child);
        } else {
            encoded(c, child);
        }
    }
}
}  // namespace

void check_body(context const& c) {
    auto component = c.node({"component"});
    auto structured = xml::child(component, "structuredBody");
    auto plain = xml::child(component, "nonXMLBody");
    if (static_cast<bool>(structured) == static_cast<bool>(plain))
        return c.report("HDR-210", "component", component);
    if (plain && xml::text(xml::child(plain, "text")).empty())
        c.report("CDA-01", "component/nonXMLBody/text", plain);
    encoded(c, component);
}
}  // namespace cda::rules
