/// Where a finding points, in names that CDA knows. Any other name is not repeated: it may be a
/// patient's, typed as a tag, and a finding travels further than the document.
#pragma once
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace cda {
/// XPath of an element below ClinicalDocument, an index where siblings share its name:
/// `/ClinicalDocument/author[2]/time`. Extension namespaces keep their fixed prefix; an element
/// that CDA does not know is `*`, numbered among all its siblings.
[[nodiscard]] std::string location(pugi::xml_node);
/// The same with one of its attributes; the element alone when CDA does not know the attribute.
[[nodiscard]] std::string location(pugi::xml_node, std::string_view attribute);
/// The tag's name without its prefix, or `…`.
[[nodiscard]] std::string shown_tag(std::string_view raw);
}  // namespace cda
