/// The human-readable part of a structured CDA as plain lines. Source: CDA R2 4.3.5 (narrative
/// block).
#pragma once
#include <string>
#include <vector>

#include "cda/document.hpp"

namespace mssante {
struct line {
    enum class kind { title, text } what{kind::text};
    std::string text;
};
/// Sections in document order, nested ones too. Table rows are one line, cells parted by " | ".
[[nodiscard]] std::vector<line> narrative_of(cda::document const&);
}  // namespace mssante
