#include "gateway/sandbox/lot_check.hpp"

#include <algorithm>
#include <set>

#include "cda/ins.hpp"
#include "certs/digest.hpp"
#include "certs/xml_signature.hpp"

namespace gateway::sandbox {
namespace {
constexpr char const* bad_metadata = "XDSRepositoryMetadataError";

/// CX `INS^^^&OID&ISO^NH` under an INS authority.
bool is_ins_cx(std::string const& cx) {
    auto head = cx.find("^^^&");
    auto tail = cx.find("&ISO^NH");
    if (head == std::string::npos || tail == std::string::npos || tail + 7 != cx.size())
        return false;
    auto oid = cx.substr(head + 4, tail - head - 4);
    return cda::authority_of(oid).has_value() && cda::matricule_well_formed(cx.substr(0, head));
}

bool utc_time(std::string const& t) {
    return t.size() >= 4 && t.size() <= 14 && t.size() % 2 == 0 &&
           t.find_first_not_of("0123456789") == std::string::npos;
}
bool oid(std::string const& t) {
    return !t.empty() && t.size() <= 64 && t.find_first_not_of("0123456789.") == std::string::npos;
}

std::string entry_fault(cda::xds_entry const& e) {
    auto missing = [](std::string const& what) { return "missing: " + what; };
    if (!oid(e.unique_id)) return "uniqueId is not an OID";
    if (e.mime_type.empty()) return missing("mimeType");
    if (!utc_time(e.creation_time)) return "creationTime";
    if (!utc_time(e.service_start)) return "serviceStartTime";
    if (e.language.empty()) return missing("languageCode");
    if (e.legal_authenticator.empty()) return missing("legalAuthenticator");
    if (e.source_patient_id.empty()) return missing("sourcePatientId");
    if (e.title.empty()) return missing("title");
    if (e.authors.empty() || e.authors.front().person.empty()) return missing("author");
    for (auto const& [name, c] :
         {std::pair{"classCode", e.class_code}, std::pair{"typeCode", e.type_code},
          std::pair{"formatCode", e.format_code},
          std::pair{"healthcareFacilityTypeCode", e.facility_type},
          std::pair{"practiceSettingCode", e.practice_setting}})
        if (c.code.empty() || c.code_system.empty() || c.display_name.empty()) return missing(name);
    if (e.confidentiality.empty()) return missing("confidentialityCode");
    return {};
}

bool has(cda::xds_entry const& e, char const* code) {
    return std::any_of(e.confidentiality.begin(), e.confidentiality.end(),
                       [&](auto const& c) { return c.code == code; });
}

bool linked(cda::xds_submission const& m, std::string const& type, std::string const& from,
            std::string const& to) {
    return std::any_of(m.associations.begin(), m.associations.end(), [&](auto const& a) {
        return a.type == type && a.source == from && a.target == to;
    });
}

std::string institution_id(std::string const& xon) { return xon.substr(xon.rfind('^') + 1); }
}  // namespace

bool is_signature(cda::xds_entry const& e) {
    return e.class_code.code == "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1";
}

std::optional<registry_refusal> check_lot(cda::xds_submission const& m,
                                          std::vector<lot_part> const& parts,
                                          vihf_report const& vihf, registry const& known,
                                          std::string const& trust) {
    if (!m.set) return registry_refusal{bad_metadata, "no SubmissionSet"};
    auto const& set = *m.set;
    if (!oid(set.unique_id) || !oid(set.source_id) || !utc_time(set.submission_time) ||
        set.content_type.code.empty() || set.author.person.empty())
        return registry_refusal{bad_metadata, "SubmissionSet incomplete"};
    if (institution_id(set.author.institution) != vihf.attributes.at("Identifiant_Structure"))
        return registry_refusal{bad_metadata,
                                "Aucun AuthorInstitution ne correspond à l'utilisateur du VIHF"};
    auto patient = vihf.attributes.at("urn:oasis:names:tc:xacml:2.0:resource:resource-id");
    if (!is_ins_cx(patient)) return registry_refusal{"XDSUnknownPatientId", "resource-id"};
    if (set.patient_id != patient)
        return registry_refusal{"XDSPatientIdDoesNotMatch", "SubmissionSet"};
    if (known.knows_lot(set.unique_id))
        return registry_refusal{"XDSDuplicateUniqueIdInRegistry", set.unique_id};

    std::vector<certs::lot_member> members;
    cda::xds_entry const* signature = nullptr;
    std::string_view signature_bytes;
    std::set<std::string> ids;
    for (auto const& e : m.entries) {
        auto part =
            std::find_if(parts.begin(), parts.end(), [&](auto const& p) { return p.id == e.id; });
        if (part == parts.end()) return registry_refusal{"XDSMissingDocument", e.id};
        auto wrong = entry_fault(e);
        if (!wrong.empty()) return registry_refusal{bad_metadata, e.id + ": " + wrong};
        if (e.patient_id != patient) return registry_refusal{"XDSPatientIdDoesNotMatch", e.id};
        if (e.hash != certs::sha1_hex(part->bytes))
            return registry_refusal{"XDSNonIdenticalHash", e.id};
        if (e.size != std::to_string(part->bytes.size()))
            return registry_refusal{"XDSNonIdenticalSize", e.id};
        if (!ids.insert(e.unique_id).second)
            return registry_refusal{"XDSRepositoryDuplicateUniqueIdInMessage", e.id};
        if (!linked(m, "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember", set.id, e.id))
            return registry_refusal{bad_metadata, e.id + ": no HasMember"};
        if (is_signature(e)) {
            if (signature != nullptr) return registry_refusal{bad_metadata, "two signatures"};
            if (!has(e, "N") || !has(e, "MASQUE_PS") || !has(e, "INVISIBLE_PATIENT"))
                return registry_refusal{bad_metadata, "signature: confidentialityCode"};
            signature = &e;
            signature_bytes = part->bytes;
            continue;
        }
        if (has(e, "MASQUE_PS") && has(e, "INVISIBLE_PATIENT"))
            return registry_refusal{bad_metadata, e.id + ": two masks"};
        if (known.by_unique_id(e.unique_id))
            return registry_refusal{"XDSDuplicateUniqueIdInRegistry", e.unique_id};
        auto read = cda::document::parse(part->bytes);
        auto document = std::get_if<cda::document>(&read);
        if (document == nullptr) return registry_refusal{bad_metadata, e.id + ": not a CDA"};
        if (document->head().unique_id() != e.unique_id)
            return registry_refusal{bad_metadata, e.id + ": uniqueId is not that of the CDA"};
        auto ins = cda::ins_of(document->head().patient);
        if (!ins || cda::ins_cx(ins->matricule, ins->root) != patient)
            return registry_refusal{"XDSPatientIdDoesNotMatch", e.id + ": CDA"};
        members.push_back({e.unique_id, part->bytes});
    }
    if (parts.size() != m.entries.size())
        return registry_refusal{"XDSMissingDocumentMetadata", "a part without an entry"};
    if (signature == nullptr || members.empty())
        return registry_refusal{bad_metadata, "lot signature or document missing"};
    if (!linked(m, "urn:ihe:iti:2007:AssociationType:signs", signature->id, set.id))
        return registry_refusal{bad_metadata, "no signs association"};
    auto report = certs::verify_lot(signature_bytes, set.unique_id, members, trust);
    if (!report.valid) return registry_refusal{bad_metadata, "lot signature: " + report.reason};
    for (auto const& a : m.associations) {
        if (!a.type.ends_with(":RPLC")) continue;
        auto old = known.by_uuid(a.target);
        if (a.type != "urn:ihe:iti:2007:AssociationType:RPLC" || !old || !old->approved ||
            old->patient_id != patient)
            return registry_refusal{"XDSReplaceFailed", a.target};
    }
    return std::nullopt;
}
}  // namespace gateway::sandbox
