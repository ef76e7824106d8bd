#include "gateway/sandbox/vihf_check.hpp"

#include <algorithm>
#include <pugixml.hpp>
#include <set>

#include "cda/xml.hpp"
#include "certs/xml_signature.hpp"
#include "gateway/clock.hpp"

namespace gateway::sandbox {
namespace {
namespace xml = cda::xml;
constexpr std::int64_t oldest_ms = 300'000, newest_ms = 60'000;

/// "CN=a,OU=b" as a set of its parts: the order of RDNs is not agreed on in the wild.
std::set<std::string> parts_of(std::string const& name) {
    std::set<std::string> out;
    std::string part;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        if (i < name.size() && (name[i] != ',' || (i > 0 && name[i - 1] == '\\'))) {
            part += name[i];
            continue;
        }
        part.erase(0, part.find_first_not_of(' '));
        out.insert(part);
        part.clear();
    }
    return out;
}

std::string role_fault(std::vector<cda::coded> const& roles) {
    if (roles.empty() || roles.size() > 2) return "one or two roles are expected";
    bool professional = roles[0].code_system == "1.2.250.1.71.1.2.7";
    bool needs_two = professional && (roles[0].code == "10" || roles[0].code == "21");
    if (needs_two && roles.size() != 2) return "this profession needs a second role";
    if (roles[0].code_system == "1.2.250.1.213.1.1.4.6" && roles.size() != 1)
        return "this role stands alone";
    return {};
}

void read_attributes(pugi::xml_node assertion, vihf_report& out, std::vector<cda::coded>& roles) {
    xml::each(xml::child(assertion, "AttributeStatement"), "Attribute", [&](pugi::xml_node a) {
        auto name = xml::attribute(a, "Name");
        xml::each(a, "AttributeValue", [&](pugi::xml_node v) {
            auto inner = v.first_child();
            while (inner && inner.type() != pugi::node_element) inner = inner.next_sibling();
            if (!inner) {
                out.attributes[name] = xml::text(v);
                return;
            }
            auto code = xml::attribute(inner, "code");
            auto system = xml::attribute(inner, "codeSystem");
            if (xml::local(inner) == "Role") roles.push_back({code, system, ""});
            auto& held = out.attributes[name];
            held += (held.empty() ? "" : " ") + code + "@" + system;
        });
    });
}

std::string time_fault(std::string const& issued, instant now) {
    auto at = parse_iso8601(issued);
    if (!at || !issued.ends_with('Z')) return "IssueInstant is not a UTC time";
    if (*at < now - oldest_ms) return "the assertion is too old";
    if (*at > now + newest_ms) return "the assertion comes from the future";
    return {};
}
}  // namespace

vihf_report check_vihf(std::string_view envelope, std::string const& trust, instant now) {
    vihf_report out;
    pugi::xml_document tree;
    auto fail = [&](std::string why) {
        out.fault = std::move(why);
        return out;
    };
    if (!xml::load(envelope, tree)) return fail("the envelope is not well-formed");
    auto security = xml::path(tree.document_element(), {"Header", "Security"});
    auto assertion = xml::child(security, "Assertion");
    if (!assertion) return fail("no assertion");
    out.id = xml::attribute(assertion, "ID");
    if (out.id.empty() || (out.id[0] >= '0' && out.id[0] <= '9'))
        return fail("ID is not an NCName");
    auto signature = certs::verify_assertion(envelope, out.id, trust);
    if (!signature.valid) return fail(signature.reason);
    out.signer_ou = signature.signer_ou;
    if (xml::attribute(assertion, "Version") != "2.0") return fail("Version is not 2.0");
    auto old = time_fault(xml::attribute(assertion, "IssueInstant"), now);
    if (!old.empty()) return fail(old);
    auto issuer = xml::child(assertion, "Issuer");
    if (xml::attribute(issuer, "Format") !=
        "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName")
        return fail("Issuer/@Format");
    if (parts_of(xml::text(issuer)) != parts_of(signature.signer_subject))
        return fail("Issuer is not the signer");
    if (xml::text(xml::path(assertion, {"Subject", "NameID"})).empty()) return fail("no NameID");
    if (xml::path(assertion, {"Conditions", "AudienceRestriction"}))
        return fail("AudienceRestriction must not be present");
    if (xml::attribute(xml::child(assertion, "AuthnStatement"), "AuthnInstant").empty())
        return fail("no AuthnInstant");
    std::vector<cda::coded> roles;
    read_attributes(assertion, out, roles);
    for (char const* name :
         {"VIHF_Version", "Authentification_Mode", "Identifiant_Structure", "Secteur_Activite",
          "urn:oasis:names:tc:xacml:2.0:resource:resource-id", "Ressource_URN",
          "urn:oasis:names:tc:xspa:1.0:subject:subject-id", "LPS_Nom", "LPS_Version",
          "LPS_ID_HOMOLOGATION_DMP", "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"})
        if (out.attributes[name].empty()) return fail(std::string("attribute missing: ") + name);
    if (out.attributes["Authentification_Mode"] != "INDIRECTE")
        return fail("Authentification_Mode");
    if (out.attributes["Ressource_URN"] != "urn:dmp") return fail("Ressource_URN");
    if (!out.attributes["Secteur_Activite"].ends_with("^1.2.250.1.71.4.2.4"))
        return fail("Secteur_Activite");
    if (out.attributes["Identifiant_Structure"] != out.signer_ou)
        return fail("Identifiant_Structure is not that of the seal");
    auto wrong = role_fault(roles);
    if (!wrong.empty()) return fail(wrong);
    return out;
}
}  // namespace gateway::sandbox
