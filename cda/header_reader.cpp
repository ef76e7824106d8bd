#include "cda/header_reader.hpp"

#include "cda/xml.hpp"

namespace cda {
namespace {
using pugi::xml_node;

coded read_coded(xml_node n) {
    return {xml::attribute(n, "code"), xml::attribute(n, "codeSystem"),
            xml::attribute(n, "displayName")};
}
instance_id read_id(xml_node n) {
    return {xml::attribute(n, "root"), xml::attribute(n, "extension")};
}
std::string value(xml_node n) { return xml::attribute(n, "value"); }

person_name read_name(xml_node name) {
    return {xml::text(xml::child(name, "family")), xml::text(xml::child(name, "given")),
            xml::text(xml::child(name, "prefix")), xml::text(xml::child(name, "suffix"))};
}

/// The structure id is the one under the French structures' root; another id only when there is
/// none.
organization read_organization(xml_node n) {
    organization out;
    xml::each(n, "id", [&](xml_node id) {
        auto read = read_id(id);
        if (out.id.root.empty() || read.root == "1.2.250.1.71.4.2.2") out.id = read;
    });
    out.name = xml::text(xml::child(n, "name"));
    out.industry = read_coded(xml::child(n, "standardIndustryClassCode"));
    return out;
}

/// assignedAuthor or assignedEntity.
professional read_professional(xml_node n) {
    professional out;
    xml::each(n, "id", [&](xml_node id) {
        auto read = read_id(id);
        if (out.id.root.empty() || (read.root == "1.2.250.1.71.4.2.1" && out.id.root != read.root))
            out.id = read;
    });
    out.name = read_name(xml::path(n, {"assignedPerson", "name"}));
    out.specialty = read_coded(xml::child(n, "code"));
    out.org = read_organization(xml::child(n, "representedOrganization"));
    auto device = xml::child(n, "assignedAuthoringDevice");
    out.device_model = xml::text(xml::child(device, "manufacturerModelName"));
    out.device_software = xml::text(xml::child(device, "softwareName"));
    return out;
}

void read_patient(xml_node role, patient& p) {
    xml::each(role, "id", [&](xml_node id) {
        if (auto read = read_id(id); !read.root.empty()) p.ids.push_back(read);
    });
    auto person = xml::child(role, "patient");
    auto name = xml::child(person, "name");
    xml::each(name, "family", [&](xml_node n) {
        auto qualifier = xml::attribute(n, "qualifier");
        auto& slot = qualifier == "BR" ? p.birth_family : p.used_family;
        if (slot.empty()) slot = xml::text(n);
    });
    xml::each(name, "given", [&](xml_node n) {
        auto qualifier = xml::attribute(n, "qualifier");
        auto& slot = qualifier == "BR"   ? p.birth_given_first
                     : qualifier == "CL" ? p.used_given
                                         : p.birth_given_list;
        if (slot.empty()) slot = xml::text(n);
    });
    p.sex = xml::attribute(xml::child(person, "administrativeGenderCode"), "code");
    p.birth_time = value(xml::child(person, "birthTime"));
    p.birth_place = xml::text(xml::path(person, {"birthplace", "place", "addr", "county"}));
}

service_event read_act(xml_node n) {
    service_event out;
    xml::each(n, "id", [&](xml_node id) { out.ids.push_back(read_id(id)); });
    out.code = read_coded(xml::child(n, "code"));
    auto time = xml::child(n, "effectiveTime");
    out.low = value(xml::child(time, "low"));
    out.high = value(xml::child(time, "high"));
    out.performer = read_professional(xml::path(n, {"performer", "assignedEntity"}));
    return out;
}
}  // namespace

header read_header(xml_node root) {
    header h;
    xml::each(root, "templateId", [&](xml_node n) {
        h.templates.push_back({xml::attribute(n, "root"), xml::attribute(n, "extension")});
    });
    h.id = read_id(xml::child(root, "id"));
    h.code = read_coded(xml::child(root, "code"));
    h.title = xml::text(xml::child(root, "title"));
    h.effective_time = value(xml::child(root, "effectiveTime"));
    h.language = xml::attribute(xml::child(root, "languageCode"), "code");
    h.confidentiality = read_coded(xml::child(root, "confidentialityCode"));
    h.set_id = read_id(xml::child(root, "setId"));
    h.version_number = value(xml::child(root, "versionNumber"));
    xml::each(root, "recordTarget", [&](xml_node n) {
        if (h.record_targets++ == 0) read_patient(xml::child(n, "patientRole"), h.patient);
    });
    xml::each(root, "author", [&](xml_node n) {
        auto author = read_professional(xml::child(n, "assignedAuthor"));
        author.function = read_coded(xml::child(n, "functionCode"));
        author.time = value(xml::child(n, "time"));
        h.authors.push_back(std::move(author));
    });
    h.custodian = read_organization(
        xml::path(root, {"custodian", "assignedCustodian", "representedCustodianOrganization"}));
    auto legal = xml::child(root, "legalAuthenticator");
    h.legal_authenticator = read_professional(xml::child(legal, "assignedEntity"));
    h.legal_authenticator.time = value(xml::child(legal, "time"));
    xml::each(root, "inFulfillmentOf", [&](xml_node n) {
        auto order = xml::child(n, "order");
        h.orders.push_back(read_id(xml::child(order, "id")));
        xml::each(order, "accessionNumber",
                  [&](xml_node a) { h.accessions.push_back(read_id(a)); });
    });
    xml::each(root, "documentationOf",
              [&](xml_node n) { h.acts.push_back(read_act(xml::child(n, "serviceEvent"))); });
    xml::each(root, "relatedDocument", [&](xml_node n) {
        if (xml::attribute(n, "typeCode") != "RPLC") return;
        auto id = read_id(xml::path(n, {"parentDocument", "id"}));
        h.replaces = id.extension.empty() ? id.root : id.root + "^" + id.extension;
    });
    auto encounter = xml::path(root, {"componentOf", "encompassingEncounter"});
    h.encounter_id = read_id(xml::child(encounter, "id"));
    h.encounter_code = read_coded(xml::child(encounter, "code"));
    h.encounter_low = value(xml::path(encounter, {"effectiveTime", "low"}));
    h.encounter_high = value(xml::path(encounter, {"effectiveTime", "high"}));
    h.facility = read_coded(xml::path(encounter, {"location", "healthCareFacility", "code"}));
    auto body = xml::path(root, {"component", "nonXMLBody"});
    h.non_xml_body = static_cast<bool>(body);
    h.body_media_type = xml::attribute(xml::child(body, "text"), "mediaType");
    return h;
}
}  // namespace cda
