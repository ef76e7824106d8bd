/// Embedded content: it must decode, and be what it says it is. The official tools look at none of
/// it; a letter whose PDF does not open has not arrived. Source: RFC 4648 4; ISO 32000-1 7.5.2;
/// digest 7 (N1-006).
#include "cda/base64.hpp"
#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
bool pdf_type(pugi::xml_node n) { return xml::attribute(n, "mediaType") == "application/pdf"; }

void encoded(context const& c, pugi::xml_node n) {
    std::string buffer;
    auto start = inspect_base64(xml::text_view(n, buffer), 1024);
    if (!start.valid) return c.report("CDA-02", n);
    if (start.size == 0) return c.report("CDA-01", n);
    // A reader looks for the marker in the first kilobyte.
    if (pdf_type(n) && start.head.find("%PDF-") == std::string::npos) c.report("CDA-03", n);
}

void walk(context const& c, pugi::xml_node n) {
    for (auto child : n.children()) {
        if (child.type() != pugi::node_element) continue;
        bool b64 = xml::attribute(child, "representation") == "B64";
        bool left_out = *child.attribute("nullFlavor").value() && xml::blank(child);
        if (b64 && !left_out && !xml::child(child, "reference"))
            encoded(c, child);
        else if (!b64)
            walk(c, child);
    }
}
}  // namespace

void check_body(context const& c) {
    auto component = c.node({"component"});
    auto plain = xml::child(component, "nonXMLBody");
    auto text = xml::child(plain, "text");
    if (plain && xml::attribute(text, "representation") != "B64" && xml::blank(text))
        c.report("CDA-01", text ? text : plain);
    else if (plain && pdf_type(text) && xml::attribute(text, "representation") != "B64")
        c.report("CDA-03", text);
    walk(c, component);
}
}  // namespace cda::rules
