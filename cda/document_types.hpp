/// Type -> class and template -> format, from `schemas/document_types.toml`.
#pragma once
#include <optional>

#include "cda/header.hpp"

namespace cda {
/// Class of a type code that may go to the DMP (ASS_X04, ASS_X16); nullopt: unknown, or without a
/// class there.
[[nodiscard]] std::optional<coded> class_of(coded const& type);
/// A type with the label of JDV_J07 when the code stands there; as given otherwise.
[[nodiscard]] coded type_of(coded const& type);
/// Format of a document: xds-sd for a non-structured PDF, by template otherwise, "hors profils"
/// when unknown.
[[nodiscard]] coded format_of(header const&);
}  // namespace cda
