/// Enveloped XML-DSig as the VIHF wants it, and its verification (xmlsec1).
/// Source: digest of the DMP transport volet, "VIHF signature"; W3C xmldsig-core.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "certs/identity.hpp"

namespace certs {
/// Signs the element whose attribute `ID` equals `id` in `xml` with RSA-SHA256, exc-c14n,
/// PrefixList "ds saml #default xsi"; the ds:Signature is placed right after the child `Issuer`.
/// The rest of the bytes is re-serialised by libxml2 without indentation. @throws
/// std::runtime_error
[[nodiscard]] std::string sign_assertion(std::string_view xml, std::string_view id,
                                         identity const& seal);

struct signature_report {
    bool valid{false};
    std::string reason;          ///< why not
    std::string signer_subject;  ///< RFC 2253
    std::string signer_ou;
};
/// Verifies the enveloped signature of the element with this `ID`, and the signer's chain against
/// `trust` (PEM).
[[nodiscard]] signature_report verify_assertion(std::string_view xml, std::string_view id,
                                                std::string const& trust);

/// The detached XAdES document that signs a submission lot (IHE DSG as the DMP wants it).
struct lot_member {
    std::string unique_id;   ///< OID of the document
    std::string_view bytes;  ///< XML: digested in canonical form with comments
};
[[nodiscard]] std::string sign_lot(std::string_view signature_id, std::string_view lot_unique_id,
                                   std::vector<lot_member> const&,
                                   std::string_view signing_time_utc, identity const& seal);
[[nodiscard]] signature_report verify_lot(std::string_view xml, std::string_view lot_unique_id,
                                          std::vector<lot_member> const&, std::string const& trust);
}  // namespace certs
