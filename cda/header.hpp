/// Typed view of a CDA header: what routing, metadata, the INS policy and counting need.
/// Values are as written in the document (never rewritten); an absent element is an empty string.
/// Source: CI-SIS, Structuration Minimale (document header).
#pragma once
#include <string>
#include <vector>

namespace cda {
struct coded {
    std::string code, code_system, display_name;
};
struct instance_id {
    std::string root, extension;
};
struct person_name {
    std::string family, given, prefix, suffix;
};
struct organization {
    instance_id
        id;  ///< root 1.2.250.1.71.4.2.2 and a Struct_IdNat extension when it is a French structure
    std::string name;
    coded industry;  ///< standardIndustryClassCode
};
/// A professional, or a device when `device_model`/`device_software` are set.
struct professional {
    instance_id id;
    person_name name;
    coded function;   ///< functionCode
    coded specialty;  ///< assignedAuthor/code or assignedEntity/code
    organization org;
    std::string time;
    std::string device_model, device_software;
};
struct service_event {
    std::vector<instance_id> ids;
    coded code;
    std::string low, high;   ///< effectiveTime
    professional performer;  ///< performer/assignedEntity
};
struct patient {
    std::vector<instance_id> ids;   ///< every patientRole/id with a root, in document order
    std::string birth_family;       ///< family[@qualifier='BR']
    std::string used_family;        ///< family[@qualifier='CL'] (or SP)
    std::string birth_given_list;   ///< given without qualifier
    std::string birth_given_first;  ///< given[@qualifier='BR']
    std::string used_given;         ///< given[@qualifier='CL']
    std::string sex;                ///< administrativeGenderCode/@code
    std::string birth_time;         ///< birthTime/@value
    std::string birth_place;        ///< birthplace/place/addr/county (COG)
};
struct template_id {
    std::string root, extension;
};
struct header {
    std::vector<template_id> templates;
    instance_id id;
    coded code;
    std::string title, effective_time, language;
    coded confidentiality;
    instance_id set_id;
    std::string version_number;
    cda::patient patient;
    std::size_t record_targets{0};
    std::vector<professional> authors;
    organization custodian;
    professional legal_authenticator;
    std::vector<instance_id> orders;      ///< inFulfillmentOf/order/id
    std::vector<instance_id> accessions;  ///< inFulfillmentOf/order/ps3-20:accessionNumber
    std::vector<service_event>
        acts;              ///< documentationOf/serviceEvent; the first is the principal act
    std::string replaces;  ///< relatedDocument[@typeCode='RPLC']/parentDocument/id as unique_id()
    instance_id encounter_id;
    coded encounter_code;
    std::string encounter_low, encounter_high;
    coded facility;  ///< healthCareFacility/code
    bool non_xml_body{false};
    std::string body_media_type;  ///< nonXMLBody/text/@mediaType
    bool self_presenting{false};  ///< ClinicalDocument found inside an XSLT root

    /// XDS form of the document id: root, or root^extension.
    [[nodiscard]] std::string unique_id() const {
        return id.extension.empty() ? id.root : id.root + "^" + id.extension;
    }
    /// XDS form of the set id.
    [[nodiscard]] std::string set() const {
        return set_id.extension.empty() ? set_id.root : set_id.root + "^" + set_id.extension;
    }
};
}  // namespace cda
