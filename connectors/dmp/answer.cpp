/// What the DMP said. Anything that cannot be read with certainty is `unreadable`, never a success.
/// Source: dmp digest 11; ebRS 3.0 RegistryResponse; SOAP 1.2 part 1, 5.4.
#include <pugixml.hpp>

#include "cda/xml.hpp"
#include "connectors/dmp/iti41.hpp"
#include "connectors/dmp/mtom.hpp"

namespace dmp {
namespace {
namespace xml = cda::xml;

std::string last_segment(std::string const& uri) { return uri.substr(uri.find_last_of(":#/") + 1); }

registry_answer read_fault(pugi::xml_node fault) {
    registry_answer out;
    out.what = registry_answer::kind::fault;
    auto code = xml::child(fault, "Code");
    out.fault_code = xml::text(xml::child(code, "Value"));
    auto inner = xml::path(code, {"Subcode", "Value"});
    if (inner) out.fault_code += "/" + xml::text(inner);
    out.fault_text = xml::text(xml::path(fault, {"Reason", "Text"}));
    if (out.fault_code.empty()) {  // SOAP 1.1, which some servers fall back to
        out.fault_code = xml::text(xml::child(fault, "faultcode"));
        out.fault_text = xml::text(xml::child(fault, "faultstring"));
    }
    return out;
}

void collect_refs(pugi::xml_node list, std::vector<std::string>& out) {
    for (auto n : list.children())
        if (xml::local(n) == "ObjectRef" || xml::local(n) == "ExtrinsicObject")
            out.push_back(xml::attribute(n, "id"));
}
}  // namespace

registry_answer read_answer(std::string_view content_type, std::string_view body) {
    registry_answer out;
    auto message = read_mtom(content_type, body);
    pugi::xml_document d;
    if (!message || !xml::load(message->root, d)) return out;
    auto soap = xml::child(d.document_element(), "Body");
    if (xml::local(d.document_element()) != "Envelope" || !soap) return out;
    if (auto fault = xml::child(soap, "Fault")) return read_fault(fault);
    auto response = xml::child(soap, "RegistryResponse");
    if (!response) response = xml::child(soap, "AdhocQueryResponse");
    if (!response) return out;
    xml::each(xml::child(response, "RegistryErrorList"), "RegistryError", [&](pugi::xml_node e) {
        out.errors.push_back({xml::attribute(e, "errorCode"), xml::attribute(e, "codeContext"),
                              last_segment(xml::attribute(e, "severity"))});
    });
    collect_refs(xml::child(response, "RegistryObjectList"), out.object_refs);
    auto status = last_segment(xml::attribute(response, "status"));
    if (status == "Success")
        out.what = registry_answer::kind::success;
    else if (status == "Failure" || status == "PartialSuccess")
        out.what = registry_answer::kind::failure;
    return out;
}
}  // namespace dmp
