/// ClinicalDocument element -> typed header. Reads, judges nothing.
#pragma once
#include <pugixml.hpp>

#include "cda/header.hpp"

namespace cda {
[[nodiscard]] header read_header(pugi::xml_node clinical_document);
}  // namespace cda
