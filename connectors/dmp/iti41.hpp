/// ITI-41 ProvideAndRegisterDocumentSet-b towards the DMP: SOAP 1.2, VIHF, MTOM/XOP.
/// Source: IHE ITI TF-2 3.41; DMP transport volet as in the project's digest.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cda/xds.hpp"
#include "certs/identity.hpp"

namespace dmp {
struct vihf {
    std::string id;             ///< "_" + uuid
    std::string issue_instant;  ///< UTC ms Z
    std::string issuer;         ///< subject of the seal, RFC 2253
    std::string name_id;        ///< PS_IdNat or structure/internal id
    std::string authn_instant, authn_class{"urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"};
    std::string version{"4.0"}, structure_id, sector;  ///< sector "SA01^1.2.250.1.71.4.2.4"
    std::string resource_id;                           ///< INS CX
    std::string subject_id;                            ///< "EXEMPLE Alix"
    std::vector<cda::coded> roles;                     ///< one or two
    std::string lps_id, lps_name{"LIAISON"}, lps_version, lps_homologation;
};
struct document_part {
    std::string symbolic_id;  ///< = ExtrinsicObject/@id
    std::string_view bytes;
};
struct deposit {
    cda::xds_submission_set set;
    std::vector<cda::xds_entry> entries;
    cda::xds_entry signature;          ///< entry of the lot signature
    std::vector<document_part> parts;  ///< documents, then the signature
};
struct http_message {
    std::string content_type, body;
};
/// The signed assertion as XML text.
[[nodiscard]] std::string make_assertion(vihf const&, certs::identity const& seal);
/// @param message_id "urn:uuid:…", new for each attempt.
[[nodiscard]] http_message make_iti41(deposit const&, std::string_view signed_assertion,
                                      std::string_view endpoint, std::string_view message_id);
/// ITI-18 GetDocuments by uniqueId, ObjectRef.
[[nodiscard]] http_message make_get_documents(std::string_view unique_id,
                                              std::string_view signed_assertion,
                                              std::string_view endpoint,
                                              std::string_view message_id);

struct registry_error {
    std::string code, context, severity;
};
struct registry_answer {
    enum class kind { success, failure, fault, unreadable } what{kind::unreadable};
    std::vector<registry_error> errors;
    std::vector<std::string> object_refs;  ///< ITI-18
    std::string fault_code, fault_text;
};
[[nodiscard]] registry_answer read_answer(std::string_view content_type, std::string_view body);

/// What a finished exchange means for the queue. Table: dmp digest 11.1, in
/// schemas/dmp_errors.toml.
enum class disposition { delivered, transient, unknown, permanent, operator_attention };
struct exchange {
    disposition what{disposition::unknown};
    int http_status{0};
    std::string detail;  ///< the peer's words, for receipts
    std::string code;
    std::chrono::seconds retry_after{0};
    std::vector<std::string> object_refs;
};
struct endpoint_settings {
    std::string repository_url, registry_url;
    std::string certificate, key, trust;  ///< PEM paths, mutual TLS
    std::chrono::seconds connect{10}, total{60};
};
/// Blocking POST over libcurl with mutual TLS, answer read and classified.
[[nodiscard]] exchange post(endpoint_settings const&, std::string const& url, http_message const&);
}  // namespace dmp
