/// SOAP 1.2 with WS-Addressing and the bare assertion, and MTOM packaging. The envelope is put
/// together as text around the signed assertion, whose bytes must not change any more.
/// Source: dmp digest 2 and 4; SOAP 1.2, WS-Addressing 1.0, MTOM, XOP, RFC 2387.
#include <pugixml.hpp>

#include "cda/xml.hpp"
#include "certs/digest.hpp"
#include "connectors/dmp/iti41.hpp"

namespace dmp {
namespace {
using cda::xml::escape;
std::string print(pugi::xml_document const& d) {
    return cda::xml::print(d, cda::xml::layout::bare);
}

std::string envelope(std::string_view action, std::string_view assertion, std::string_view endpoint,
                     std::string_view message_id, std::string const& body) {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" "
        "xmlns:wsa=\"http://www.w3.org/2005/08/addressing\" xmlns:wsse=\"http://docs.oasis-open.org"
        "/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\"><soap:Header>"
        "<wsa:Action soap:mustUnderstand=\"true\">";
    out += action;
    out += "</wsa:Action><wsa:MessageID>" + escape(message_id) +
           "</wsa:MessageID><wsa:ReplyTo><wsa:Address>"
           "http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo><wsa:To>" +
           escape(endpoint) + "</wsa:To><wsse:Security>";
    out += assertion;
    out += "</wsse:Security></soap:Header><soap:Body>" + body + "</soap:Body></soap:Envelope>";
    return out;
}

constexpr char const* provide = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b";
constexpr char const* query = "urn:ihe:iti:2007:RegistryStoredQuery";

void part(std::string& out, std::string const& boundary, char const* type, std::string const& id) {
    out += "--" + boundary + "\r\nContent-Type: " + type +
           "\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <" + id + ">\r\n\r\n";
}
}  // namespace

http_message make_iti41(deposit const& lot, std::string_view assertion, std::string_view endpoint,
                        std::string_view message_id) {
    pugi::xml_document d;
    auto request = d.append_child("xdsb:ProvideAndRegisterDocumentSetRequest");
    request.append_attribute("xmlns:xdsb") = "urn:ihe:iti:xds-b:2007";
    cda::append_submit_objects(request, lot.set, lot.entries, &lot.signature);
    auto token = certs::uuid();
    std::vector<std::string> ids;
    std::size_t size = 16U << 10;
    for (auto const& p : lot.parts) {
        ids.push_back("part" + std::to_string(ids.size() + 1) + "." + token + "@liaison");
        auto document = request.append_child("xdsb:Document");
        document.append_attribute("id") = p.symbolic_id.c_str();
        auto include = document.append_child("xop:Include");
        include.append_attribute("xmlns:xop") = "http://www.w3.org/2004/08/xop/include";
        include.append_attribute("href") = ("cid:" + ids.back()).c_str();
        size += p.bytes.size() + 300;
    }
    // 122 random bits: it cannot be met by chance inside a document, and no emitter can foresee it.
    auto boundary = "uuid-" + certs::uuid();
    auto root = "root." + token + "@liaison";
    http_message out;
    out.content_type = "multipart/related; boundary=\"" + boundary +
                       "\"; type=\"application/xop+xml\"; start=\"<" + root +
                       ">\"; start-info=\"application/soap+xml\"; action=\"" + provide + "\"";
    out.body.reserve(size);
    part(out.body, boundary, "application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"",
         root);
    out.body += envelope(provide, assertion, endpoint, message_id, print(d));
    for (std::size_t i = 0; i < lot.parts.size(); ++i) {
        out.body += "\r\n";
        part(out.body, boundary, "application/octet-stream", ids[i]);
        out.body += lot.parts[i].bytes;
    }
    out.body += "\r\n--" + boundary + "--\r\n";
    return out;
}

http_message make_get_documents(std::string_view unique_id, std::string_view assertion,
                                std::string_view endpoint, std::string_view message_id) {
    pugi::xml_document d;
    auto request = d.append_child("query:AdhocQueryRequest");
    request.append_attribute("xmlns:query") = "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0";
    request.append_attribute("xmlns:rim") = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0";
    auto option = request.append_child("query:ResponseOption");
    option.append_attribute("returnComposedObjects") = "true";
    option.append_attribute("returnType") = "ObjectRef";
    auto ask = request.append_child("rim:AdhocQuery");
    ask.append_attribute("id") = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4";
    auto slot = ask.append_child("rim:Slot");
    slot.append_attribute("name") = "$XDSDocumentEntryUniqueId";
    std::string quoted;
    for (char c : unique_id) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    slot.append_child("rim:ValueList").append_child("rim:Value").text() =
        ("('" + quoted + "')").c_str();
    return {std::string("application/soap+xml; charset=UTF-8; action=\"") + query + "\"",
            envelope(query, assertion, endpoint, message_id, print(d))};
}
}  // namespace dmp
