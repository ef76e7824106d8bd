/// The header fields that routing, metadata and the INS policy need. Ids as in the CI-SIS rule
/// tables (HDR-…).
#include <algorithm>

#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
void envelope(context const& c) {
    auto type = c.node({"typeId"});
    if (xml::attribute(type, "root") != "2.16.840.1.113883.1.3" ||
        xml::attribute(type, "extension") != "POCD_HD000040")
        c.report("HDR-002", "typeId", type);
    auto const& t = c.head().templates;
    auto has = [&](std::string_view root) {
        return std::any_of(t.begin(), t.end(), [&](auto const& id) { return id.root == root; });
    };
    if (!has("2.16.840.1.113883.2.8.2.1")) c.report("HDR-004", "templateId");
    if (!has("1.2.250.1.213.1.1.1.1")) c.report("HDR-005", "templateId");
    if (t.size() < 3) c.report("HDR-006", "templateId");
}

void identifiers(context const& c) {
    auto const& h = c.head();
    if (!oid_or_uuid(h.id.root)) c.report("HDR-009", "id/@root", c.node({"id"}));
    if (h.code.code.empty() || h.code.code_system.empty() || h.code.display_name.empty())
        c.report("HDR-010", "code", c.node({"code"}));
    if (h.title.empty()) c.report("HDR-012", "title", c.node({"title"}));
    if (!oid_or_uuid(h.set_id.root)) c.report("HDR-019", "setId", c.node({"setId"}));
    auto const& v = h.version_number;
    if (v.empty() ||
        !std::all_of(v.begin(), v.end(), [](char ch) { return ch >= '0' && ch <= '9'; }))
        c.report("HDR-020", "versionNumber", c.node({"versionNumber"}));
    if (!h.replaces.empty() && h.replaces == h.unique_id())
        c.report("HDR-184", "relatedDocument/parentDocument/id", c.node({"relatedDocument"}));
}

void times_and_codes(context const& c) {
    auto const& h = c.head();
    if (!timestamp(h.effective_time))
        c.report("HDR-013", "effectiveTime/@value", c.node({"effectiveTime"}));
    if (std::string_view("LMNRUV").find(h.confidentiality.code) == std::string_view::npos ||
        h.confidentiality.code.size() != 1)
        c.report("HDR-015", "confidentialityCode", c.node({"confidentialityCode"}));
    if (h.language.empty()) c.report("HDR-017", "languageCode", c.node({"languageCode"}));
}

void people(context const& c) {
    auto const& h = c.head();
    if (h.record_targets != 1) c.report("HDR-030", "recordTarget", c.node({"recordTarget"}));
    if (h.patient.ids.empty())
        c.report("HDR-032", "recordTarget/patientRole/id", c.node({"recordTarget", "patientRole"}));
    if (h.patient.birth_family.empty() && h.patient.used_family.empty())
        c.report("HDR-040", "recordTarget/patientRole/patient/name/family",
                 c.node({"recordTarget", "patientRole", "patient"}));
    if (h.authors.empty()) c.report("HDR-070", "author");
    for (auto const& a : h.authors)
        if (a.id.root.empty()) c.report("HDR-074", "author/assignedAuthor/id", c.node({"author"}));
    if (h.custodian.id.root.empty()) c.report("HDR-101", "custodian", c.node({"custodian"}));
    auto legal = c.node({"legalAuthenticator"});
    if (xml::attribute(xml::child(legal, "signatureCode"), "code") != "S")
        c.report("HDR-120", "legalAuthenticator", legal);
    if (!timestamp(h.legal_authenticator.time))
        c.report("HDR-121", "legalAuthenticator/time", legal);
    if (h.legal_authenticator.id.root.empty())
        c.report("HDR-123", "legalAuthenticator/assignedEntity/id", legal);
}

void act_and_encounter(context const& c) {
    auto const& h = c.head();
    if (h.acts.empty()) return c.report("HDR-160", "documentationOf");
    auto act = c.node({"documentationOf", "serviceEvent"});
    if (!timestamp(h.acts.front().low))
        c.report("HDR-166", "documentationOf/serviceEvent/effectiveTime/low", act);
    if (h.acts.front().performer.org.industry.code.empty())
        c.report("HDR-175",
                 "documentationOf/serviceEvent/performer/assignedEntity/representedOrganization/"
                 "standardIndustryClassCode",
                 act);
    auto encounter = c.node({"componentOf", "encompassingEncounter"});
    if (!encounter) return c.report("HDR-190", "componentOf");
    if (h.facility.code.empty())
        c.report("HDR-201", "componentOf/encompassingEncounter/location/healthCareFacility/code",
                 encounter);
}
}  // namespace

void check_header(context const& c) {
    envelope(c);
    identifiers(c);
    times_and_codes(c);
    people(c);
    act_and_encounter(c);
}
}  // namespace cda::rules
