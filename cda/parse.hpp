/// The safety scan that stands before the XML reader: bytes -> UTF-8 text that cannot expand, reach
/// out or overflow. Refuses DOCTYPE, general entities, duplicate attributes and everything over a
/// limit. Source: XML 1.0 (5th ed.) 2.2, 2.8, 3.1, 4.1; OWASP guidance on XML entity attacks is met
/// by refusing the constructs as a whole.
#pragma once
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cda/document.hpp"
#include "cda/xml_name.hpp"

namespace cda {
struct scan_fault {
    std::string rule;  ///< XML-01 … XML-15
    int line{0};
    std::vector<std::string>
        words{};  ///< names of elements as they stand: not to be shown unless known
};
/// UTF-8 without BOM, or the fault XML-02. Accepts UTF-8, UTF-16 (BOM or not), ISO-8859-1 and -15,
/// US-ASCII.
[[nodiscard]] std::optional<scan_fault> to_utf8(std::string_view bytes, std::string& out);
[[nodiscard]] std::optional<scan_fault> scan(std::string_view utf8, xml_limits const&);
/// Names, prefixes and declarations of what the reader made of the text: XML-15, XML-08 for an
/// attribute under two prefixes, XML-05 for more declarations in scope than a document has.
[[nodiscard]] std::optional<scan_fault> check_namespaces(pugi::xml_node top, std::string_view utf8,
                                                         xml_limits const&);
}  // namespace cda
