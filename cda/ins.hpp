/// INS, Identité Nationale de Santé: matricule + authority. A pure value.
/// Source: Référentiel INS (structure and key of the matricule); CI-SIS Structuration Minimale,
/// recordTarget.
#pragma once
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "cda/header.hpp"

namespace cda {
enum class environment { production, test };
enum class ins_authority { nir, nia, nir_test, nir_demo };  ///< OIDs 1.2.250.1.213.1.4.{8,9,10,11}

/// The authority of an INS OID, or nullopt (INS-C `.2`/`.6` and `.13` are none).
[[nodiscard]] std::optional<ins_authority> authority_of(std::string_view root) noexcept;
/// 15 characters `^[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}[0-9]{2}$`.
[[nodiscard]] bool matricule_well_formed(std::string_view) noexcept;
/// Control key 97 - (N mod 97), Corsica 2A->19, 2B->18. Pre: well formed.
[[nodiscard]] bool matricule_key_ok(std::string_view) noexcept;

/// How far a document's identity may be trusted as an INS.
enum class ins_status {
    absent,     ///< no id under an INS OID
    qualified,  ///< accepted OID, right form and key, all traits
    refused,    ///< something is wrong; the findings say what
};
struct ins {
    std::string matricule, root;
    friend bool operator==(ins const&, ins const&) = default;
};
/// The single INS of a patient, if exactly one distinct INS id stands there.
[[nodiscard]] std::optional<ins> ins_of(patient const&);
}  // namespace cda
