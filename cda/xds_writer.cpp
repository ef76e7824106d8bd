/// XDS metadata -> ebRIM 3.0. Element order as the schema demands: Slot, Name, Description,
/// Classification, ExternalIdentifier. Source: IHE ITI TF-3 4.2.3; OASIS ebRIM 3.0.
#include <pugixml.hpp>

#include "cda/xds.hpp"
#include "cda/xds_signature.hpp"

namespace cda {
namespace {
using pugi::xml_node;
constexpr char const* object_type = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:";

void attribute(xml_node n, char const* name, std::string const& value) {
    n.append_attribute(name).set_value(value.c_str());
}

class writer {
public:
    explicit writer(xml_node list) : list_(list) {}

    void entry(xds_entry const& e) {
        auto n = list_.append_child("rim:ExtrinsicObject");
        attribute(n, "id", e.id);
        attribute(n, "mimeType", e.mime_type);
        attribute(n, "objectType", "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1");
        slot(n, "creationTime", {e.creation_time});
        slot(n, "hash", {e.hash});
        slot(n, "languageCode", {e.language});
        slot(n, "legalAuthenticator", {e.legal_authenticator});
        slot(n, "serviceStartTime", {e.service_start});
        slot(n, "serviceStopTime", {e.service_stop});
        slot(n, "size", {e.size});
        slot(n, "sourcePatientId", {e.source_patient_id});
        slot(n, "sourcePatientInfo", e.source_patient_info);
        slot(n, "URI", {e.uri});
        slot(n, "urn:ihe:iti:xds:2013:referenceIdList", e.reference_ids);
        name(n, e.title);
        for (auto const& a : e.authors) author(n, e.id, "93606bcf-9494-43ec-9b4e-a7748d1a838d", a);
        code(n, e.id, "41a5887f-8865-4c09-adf7-e362475b143a", e.class_code);
        for (auto const& c : e.confidentiality)
            code(n, e.id, "f4f85eac-e6cb-4883-b524-f2705394840f", c);
        for (auto const& c : e.events) code(n, e.id, "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", c);
        code(n, e.id, "a09d5840-386c-46f2-b5ad-9c3699a4309d", e.format_code);
        code(n, e.id, "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", e.facility_type);
        code(n, e.id, "cccf5598-8b07-4b77-a05e-ae952c785ead", e.practice_setting);
        code(n, e.id, "f0306f51-975f-434e-a61c-c59651d33983", e.type_code);
        identifier(n, e.id, "58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId",
                   e.patient_id);
        identifier(n, e.id, "2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId",
                   e.unique_id);
    }
    void set(xds_submission_set const& s) {
        auto n = list_.append_child("rim:RegistryPackage");
        attribute(n, "id", s.id);
        attribute(n, "objectType", std::string(object_type) + "RegistryPackage");
        slot(n, "submissionTime", {s.submission_time});
        name(n, s.title);
        author(n, s.id, "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", s.author);
        code(n, s.id, "aa543740-bdda-424e-8c96-df4873be8500", s.content_type);
        auto marker = classification(n, s.id);
        attribute(marker, "classificationNode", "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd");
        identifier(n, s.id, "6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId",
                   s.patient_id);
        identifier(n, s.id, "554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId",
                   s.source_id);
        identifier(n, s.id, "96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId",
                   s.unique_id);
    }
    void association(char const* type, std::string const& source, std::string const& target) {
        auto n = list_.append_child("rim:Association");
        attribute(n, "id", fresh());
        attribute(n, "objectType", std::string(object_type) + "Association");
        attribute(n, "associationType", type);
        attribute(n, "sourceObject", source);
        attribute(n, "targetObject", target);
        slot(n, "SubmissionSetStatus", {"Original"});
    }

private:
    std::string fresh() { return "id" + std::to_string(++count_); }
    /// Nothing is written for values that are not known.
    static void slot(xml_node n, char const* name, std::vector<std::string> const& values) {
        xml_node list;
        for (auto const& v : values) {
            if (v.empty()) continue;
            if (!list) {
                auto s = n.append_child("rim:Slot");
                attribute(s, "name", name);
                list = s.append_child("rim:ValueList");
            }
            list.append_child("rim:Value").text().set(v.c_str());
        }
    }
    static void name(xml_node n, std::string const& text) {
        if (text.empty()) return;
        auto s = n.append_child("rim:Name").append_child("rim:LocalizedString");
        attribute(s, "xml:lang", "FR");
        attribute(s, "charset", "UTF8");
        attribute(s, "value", text);
    }
    xml_node classification(xml_node n, std::string const& of) {
        auto c = n.append_child("rim:Classification");
        attribute(c, "id", fresh());
        attribute(c, "objectType", std::string(object_type) + "Classification");
        attribute(c, "classifiedObject", of);
        return c;
    }
    void author(xml_node n, std::string const& of, char const* scheme, xds_author const& a) {
        auto c = classification(n, of);
        attribute(c, "classificationScheme", std::string("urn:uuid:") + scheme);
        attribute(c, "nodeRepresentation", "");
        slot(c, "authorInstitution", {a.institution});
        slot(c, "authorPerson", {a.person});
        slot(c, "authorRole", {a.role});
        slot(c, "authorSpecialty", {a.specialty});
    }
    void code(xml_node n, std::string const& of, char const* scheme, coded const& value) {
        if (value.code.empty()) return;
        auto c = classification(n, of);
        attribute(c, "classificationScheme", std::string("urn:uuid:") + scheme);
        attribute(c, "nodeRepresentation", value.code);
        slot(c, "codingScheme", {value.code_system});
        name(c, value.display_name);
    }
    void identifier(xml_node n, std::string const& of, char const* scheme, char const* label,
                    std::string const& value) {
        auto i = n.append_child("rim:ExternalIdentifier");
        attribute(i, "id", fresh());
        attribute(i, "objectType", std::string(object_type) + "ExternalIdentifier");
        attribute(i, "identificationScheme", std::string("urn:uuid:") + scheme);
        attribute(i, "registryObject", of);
        attribute(i, "value", value);
        attribute(i.append_child("rim:Name").append_child("rim:LocalizedString"), "value", label);
    }

    xml_node list_;
    int count_{0};
};
}  // namespace

void append_submit_objects(xml_node parent, xds_submission_set const& set,
                           std::vector<xds_entry> const& entries, xds_entry const* signature) {
    auto request = parent.append_child("lcm:SubmitObjectsRequest");
    attribute(request, "xmlns:lcm", "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0");
    attribute(request, "xmlns:rim", "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0");
    writer w(request.append_child("rim:RegistryObjectList"));
    for (auto const& e : entries) w.entry(e);
    if (signature != nullptr) w.entry(*signature);
    w.set(set);
    constexpr char const* member = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember";
    for (auto const& e : entries) w.association(member, set.id, e.id);
    if (signature != nullptr) {
        w.association(member, set.id, signature->id);
        w.association("urn:ihe:iti:2007:AssociationType:signs", signature->id, set.id);
    }
    for (auto const& e : entries)
        if (!e.replaces_entry.empty())
            w.association("urn:ihe:iti:2007:AssociationType:RPLC", e.id, e.replaces_entry);
}

xds_entry signature_entry(xds_submission_set const& set, xds_entry const& about,
                          signature_facts const& facts) {
    constexpr char const* masks = "1.2.250.1.213.1.1.4.13";
    xds_entry e;
    e.id = "Signature01";
    e.mime_type = "text/xml";
    e.creation_time = e.service_start = e.service_stop = facts.time;
    e.language = "art";
    e.legal_authenticator = set.author.person;
    e.source_patient_id = set.patient_id;
    e.hash = facts.sha1_hex;
    e.size = std::to_string(facts.size);
    e.title = "Source";
    e.authors = {set.author};
    e.class_code = {"urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature"};
    e.type_code = {"E1762", "ASTM", "Full Document"};
    e.format_code = {"http://www.w3.org/2000/09/xmldsig#", "URN", "Default Signature Style"};
    e.facility_type = about.facility_type;
    e.practice_setting = about.practice_setting;
    e.confidentiality = {{"N", "2.16.840.1.113883.5.25", "Normal"},
                         {"MASQUE_PS", masks, "Masqué aux professionnels de santé"},
                         {"INVISIBLE_PATIENT", masks, "Non visible par le patient"}};
    e.events = {{"1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source"}};
    e.patient_id = set.patient_id;
    e.unique_id = facts.unique_id;
    return e;
}
}  // namespace cda
