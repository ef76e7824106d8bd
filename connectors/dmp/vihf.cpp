/// The SAML assertion that says who deposits, for which structure, in whose record. Built with
/// pugixml so that no value can break out of its place. Source: dmp digest 3.1–3.3.
#include <pugixml.hpp>

#include "cda/xml.hpp"
#include "certs/xml_signature.hpp"
#include "connectors/dmp/iti41.hpp"

namespace dmp {
namespace {
void add(pugi::xml_node statement, char const* name, std::string const& value) {
    auto a = statement.append_child("Attribute");
    a.append_attribute("Name") = name;
    a.append_child("AttributeValue").text() = value.c_str();
}

void coded(pugi::xml_node attribute, char const* element, cda::coded const& c,
           char const* system_name) {
    auto e = attribute.append_child("AttributeValue").append_child(element);
    e.append_attribute("xmlns") = "urn:hl7-org:v3";
    e.append_attribute("xsi:type") = "CE";
    e.append_attribute("code") = c.code.c_str();
    e.append_attribute("codeSystem") = c.code_system.c_str();
    if (system_name != nullptr) e.append_attribute("codeSystemName") = system_name;
    e.append_attribute("displayName") = c.display_name.c_str();
}

pugi::xml_node attribute_of(pugi::xml_node statement, char const* name) {
    auto a = statement.append_child("Attribute");
    a.append_attribute("Name") = name;
    return a;
}
}  // namespace

std::string make_assertion(vihf const& v, certs::identity const& seal) {
    pugi::xml_document d;
    auto a = d.append_child("Assertion");
    a.append_attribute("xmlns") = "urn:oasis:names:tc:SAML:2.0:assertion";
    a.append_attribute("xmlns:xsi") = "http://www.w3.org/2001/XMLSchema-instance";
    a.append_attribute("ID") = v.id.c_str();
    a.append_attribute("IssueInstant") = v.issue_instant.c_str();
    a.append_attribute("Version") = "2.0";
    auto issuer = a.append_child("Issuer");
    issuer.append_attribute("Format") = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName";
    issuer.text() = v.issuer.c_str();
    a.append_child("Subject").append_child("NameID").text() = v.name_id.c_str();
    auto authn = a.append_child("AuthnStatement");
    authn.append_attribute("AuthnInstant") = v.authn_instant.c_str();
    authn.append_child("AuthnContext").append_child("AuthnContextClassRef").text() =
        v.authn_class.c_str();
    auto s = a.append_child("AttributeStatement");
    add(s, "VIHF_Version", v.version);
    add(s, "Authentification_Mode", "INDIRECTE");
    add(s, "Identifiant_Structure", v.structure_id);
    add(s, "Secteur_Activite", v.sector);
    add(s, "urn:oasis:names:tc:xacml:2.0:resource:resource-id", v.resource_id);
    add(s, "Ressource_URN", "urn:dmp");
    add(s, "urn:oasis:names:tc:xspa:1.0:subject:subject-id", v.subject_id);
    if (!v.lps_id.empty()) add(s, "LPS_ID", v.lps_id);
    add(s, "LPS_Nom", v.lps_name);
    add(s, "LPS_Version", v.lps_version);
    add(s, "LPS_ID_HOMOLOGATION_DMP", v.lps_homologation);
    coded(attribute_of(s, "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"), "PurposeOfUse",
          {"normal", "1.2.250.1.213.1.1.4.248", "Accès normal"}, "mode acces VIHF 1.0");
    auto role = attribute_of(s, "urn:oasis:names:tc:xacml:2.0:subject:role");
    for (auto const& r : v.roles) coded(role, "Role", r, nullptr);
    return certs::sign_assertion(cda::xml::print(d, cda::xml::layout::bare), v.id, seal);
}
}  // namespace dmp
