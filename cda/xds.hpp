/// XDS metadata derived from the CDA header, used by both ITI-41 and XDM.
/// Source: CI-SIS "Lien entre l'en-tête CDA et les métadonnées XDS"; IHE ITI TF-3 4.2; DMP mapping
/// tables.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cda/document.hpp"

namespace pugi {
class xml_node;
}
namespace cda {
struct xds_author {
    std::string institution, person, role,
        specialty;  ///< XON, XCN, text, code^label^oid; empty when unknown
};
struct xds_entry {
    std::string id;  ///< symbolic, "Document01"
    std::string mime_type, creation_time, language, legal_authenticator, service_start,
        service_stop;
    std::string source_patient_id;
    std::vector<std::string> source_patient_info;
    std::string hash, size, title, uri;  ///< hash: SHA-1 hex given by the caller; uri only in XDM
    std::vector<xds_author> authors;
    coded class_code, type_code, format_code, facility_type, practice_setting;
    std::vector<coded> confidentiality, events;
    std::vector<std::string> reference_ids;
    std::string patient_id, unique_id;
    std::string replaces_entry;  ///< entryUUID for an RPLC association; empty on create
};
struct xds_submission_set {
    std::string id{"SubmissionSet01"};
    std::string submission_time;  ///< UTC YYYYMMDDhhmmss
    std::string title;
    xds_author author;
    coded content_type;
    std::string patient_id, source_id, unique_id;
};
struct document_facts {
    std::string symbolic_id, sha1_hex;
    std::size_t size;
    std::vector<coded> extra_confidentiality;  ///< masks and visibility from the directives
};
/// Entry for one document. Codes come from the shipped tables (type -> class, template -> format).
[[nodiscard]] xds_entry derive_entry(document const&, document_facts const&);
/// CX `INS^^^&OID&ISO^NH`.
[[nodiscard]] std::string ins_cx(std::string_view matricule, std::string_view oid);
/// CDA time -> UTC DTM without zone; a date without time stays a date. Empty when unreadable.
[[nodiscard]] std::string to_utc_dtm(std::string_view cda_time);

/// Appends an lcm:SubmitObjectsRequest holding the set, the entries and their associations to
/// `parent`. `signature` (may be null) is one more entry that also gets a `signs` association.
void append_submit_objects(pugi::xml_node parent, xds_submission_set const&,
                           std::vector<xds_entry> const&, xds_entry const* signature = nullptr);
}  // namespace cda
