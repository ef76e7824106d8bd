/// The form of an MSSanté mail: subject, X-MSS-* headers, default bodies, PDF names and readable
/// rendering. Source: MSSanté référentiel #2 (ECO.2.1.x, 2.4.x) as in the project's rule catalogue.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cda/document.hpp"

namespace mssante {
/// "XDM/1.0/DDM+<label> <NOM> <prénom> <JJ/MM/AAAA>"
[[nodiscard]] std::string subject(std::vector<cda::document const*> const&);
/// Codes of the CDA, comma-separated without blank.
[[nodiscard]] std::string cda_codes(std::vector<cda::document const*> const&);
/// "<AAAAMMJJ>_<type>_<NOM>_<prénom>.pdf"
[[nodiscard]] std::string pdf_name(cda::document const&);
/// The embedded PDF, or a plain readable rendering of header and narrative.
[[nodiscard]] std::string pdf_of(cda::document const&);
enum class audience { professional, patient };
[[nodiscard]] std::string default_body(audience, std::vector<cda::document const*> const&);
/// MSSanté address "…@patient.mssante.fr"?
[[nodiscard]] bool is_patient_address(std::string_view);
/// ASCII local part, A-label domain, RFC 5321 sizes.
[[nodiscard]] bool valid_address(std::string_view);
[[nodiscard]] std::string domain_of(std::string_view address);  ///< lower case
}  // namespace mssante
