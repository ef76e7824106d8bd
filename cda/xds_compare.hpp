/// Metadata that came with a document against what the document says: XDM-09 and XDM-10.
/// Source: MSSanté référentiel #2 (ECO.2.1.2); digest 8.2 and 8.8.
#pragma once
#include "cda/check.hpp"
#include "cda/xds.hpp"

namespace cda {
/// @param said  the DocumentEntry of METADATA.XML
/// @return one finding for each field that differs, naming the field, never its value. A field that
/// the entry leaves
///         out differs only where XDS requires it. Hash and size were compared when the archive was
///         opened.
[[nodiscard]] findings compare_entry(document const&, xds_entry const& said,
                                     catalogue const& = catalogue::shipped());
}  // namespace cda
