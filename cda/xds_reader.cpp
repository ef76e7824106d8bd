#include "cda/xds_reader.hpp"

#include "cda/xml.hpp"

namespace cda {
namespace {
using pugi::xml_node;

std::vector<std::string> slot_values(xml_node owner, std::string_view wanted) {
    std::vector<std::string> out;
    xml::each(owner, "Slot", [&](xml_node slot) {
        if (xml::attribute(slot, "name") != wanted) return;
        xml::each(xml::child(slot, "ValueList"), "Value",
                  [&](xml_node v) { out.push_back(xml::text(v)); });
    });
    return out;
}
std::string slot_value(xml_node owner, std::string_view wanted) {
    auto all = slot_values(owner, wanted);
    return all.empty() ? std::string{} : all.front();
}

std::string name_of(xml_node owner) {
    return xml::attribute(xml::path(owner, {"Name", "LocalizedString"}), "value");
}

std::string without_urn(std::string const& uuid) {
    constexpr std::string_view prefix = "urn:uuid:";
    return uuid.starts_with(prefix) ? uuid.substr(prefix.size()) : uuid;
}

template <class Fn>
void classifications(xml_node owner, std::string_view scheme, Fn fn) {
    xml::each(owner, "Classification", [&](xml_node c) {
        if (without_urn(xml::attribute(c, "classificationScheme")) == scheme) fn(c);
    });
}

coded code_in(xml_node classification) {
    return {xml::attribute(classification, "nodeRepresentation"),
            slot_value(classification, "codingScheme"), name_of(classification)};
}
coded code_of(xml_node owner, std::string_view scheme) {
    coded out;
    classifications(owner, scheme, [&](xml_node c) { out = code_in(c); });
    return out;
}
std::vector<coded> codes_of(xml_node owner, std::string_view scheme) {
    std::vector<coded> out;
    classifications(owner, scheme, [&](xml_node c) { out.push_back(code_in(c)); });
    return out;
}
std::vector<xds_author> authors_of(xml_node owner, std::string_view scheme) {
    std::vector<xds_author> out;
    classifications(owner, scheme, [&](xml_node c) {
        out.push_back({slot_value(c, "authorInstitution"), slot_value(c, "authorPerson"),
                       slot_value(c, "authorRole"), slot_value(c, "authorSpecialty")});
    });
    return out;
}
std::string identifier(xml_node owner, std::string_view scheme) {
    std::string out;
    xml::each(owner, "ExternalIdentifier", [&](xml_node i) {
        if (out.empty() && without_urn(xml::attribute(i, "identificationScheme")) == scheme)
            out = xml::attribute(i, "value");
    });
    return out;
}

xds_entry read_entry(xml_node n) {
    xds_entry e;
    e.id = xml::attribute(n, "id");
    e.mime_type = xml::attribute(n, "mimeType");
    e.creation_time = slot_value(n, "creationTime");
    e.language = slot_value(n, "languageCode");
    e.legal_authenticator = slot_value(n, "legalAuthenticator");
    e.service_start = slot_value(n, "serviceStartTime");
    e.service_stop = slot_value(n, "serviceStopTime");
    e.source_patient_id = slot_value(n, "sourcePatientId");
    e.source_patient_info = slot_values(n, "sourcePatientInfo");
    e.hash = slot_value(n, "hash");
    e.size = slot_value(n, "size");
    e.uri = slot_value(n, "URI");
    e.reference_ids = slot_values(n, "urn:ihe:iti:xds:2013:referenceIdList");
    e.title = name_of(n);
    e.authors = authors_of(n, "93606bcf-9494-43ec-9b4e-a7748d1a838d");
    e.class_code = code_of(n, "41a5887f-8865-4c09-adf7-e362475b143a");
    e.type_code = code_of(n, "f0306f51-975f-434e-a61c-c59651d33983");
    e.format_code = code_of(n, "a09d5840-386c-46f2-b5ad-9c3699a4309d");
    e.facility_type = code_of(n, "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1");
    e.practice_setting = code_of(n, "cccf5598-8b07-4b77-a05e-ae952c785ead");
    e.confidentiality = codes_of(n, "f4f85eac-e6cb-4883-b524-f2705394840f");
    e.events = codes_of(n, "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4");
    e.patient_id = identifier(n, "58a6f841-87b3-4a3e-92fd-a8ffeff98427");
    e.unique_id = identifier(n, "2e82c1f6-a085-4c72-9da3-8640a32e42ab");
    return e;
}

xds_submission_set read_set(xml_node n) {
    xds_submission_set s;
    s.id = xml::attribute(n, "id");
    s.submission_time = slot_value(n, "submissionTime");
    s.title = name_of(n);
    auto authors = authors_of(n, "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d");
    if (!authors.empty()) s.author = authors.front();
    s.content_type = code_of(n, "aa543740-bdda-424e-8c96-df4873be8500");
    s.patient_id = identifier(n, "6b5aea1a-874d-4603-a4bc-96a0a7b38446");
    s.source_id = identifier(n, "554ac39e-e3fe-47fe-b233-965d2a147832");
    s.unique_id = identifier(n, "96fdda7c-d067-4183-912e-bf5ee74998a8");
    return s;
}
}  // namespace

xds_submission read_submit_objects(xml_node request) {
    xds_submission out;
    auto list = xml::child(request, "RegistryObjectList");
    xml::each(list, "ExtrinsicObject", [&](xml_node n) { out.entries.push_back(read_entry(n)); });
    xml::each(list, "RegistryPackage", [&](xml_node n) {
        if (!out.set) out.set = read_set(n);
    });
    xml::each(list, "Association", [&](xml_node n) {
        auto type = xml::attribute(n, "associationType");
        out.associations.push_back(
            {type, xml::attribute(n, "sourceObject"), xml::attribute(n, "targetObject")});
    });
    return out;
}
}  // namespace cda
