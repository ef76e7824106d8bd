/// Small look-ups on a pugixml tree by local name: CDA may be written with a default namespace or
/// with a prefix.
#pragma once
#include <initializer_list>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace cda::xml {
[[nodiscard]] inline std::string_view local(pugi::xml_node n) {
    std::string_view name = n.name();
    auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}
[[nodiscard]] std::string_view namespace_of(pugi::xml_node);
/// The namespace that a prefix means at this element ("" is the default one); empty when it means
/// none.
[[nodiscard]] std::string_view namespace_for(pugi::xml_node, std::string_view prefix);
/// First child element with this local name; a null node when there is none.
[[nodiscard]] pugi::xml_node child(pugi::xml_node, std::string_view name);
[[nodiscard]] pugi::xml_node path(pugi::xml_node, std::initializer_list<std::string_view> names);
[[nodiscard]] inline std::string attribute(pugi::xml_node n, char const* name) {
    return n.attribute(name).value();
}
/// Text of an element without copying it where it is one run; `buffer` holds it otherwise.
[[nodiscard]] std::string_view text_view(pugi::xml_node, std::string& buffer);
/// No text but white space below the element.
[[nodiscard]] bool blank(pugi::xml_node);
/// Text of the element and its descendants, ends trimmed, inner blanks kept.
[[nodiscard]] std::string text(pugi::xml_node);
/// The same with its ends as they stand.
[[nodiscard]] std::string text_verbatim(pugi::xml_node);
template <class Fn>
void each(pugi::xml_node parent, std::string_view name, Fn fn) {
    for (auto n : parent.children())
        if (n.type() == pugi::node_element && local(n) == name) fn(n);
}
/// Reads foreign XML that is not a CDA (answers, METADATA.XML) behind the same safety scan.
/// @return false when it is unsafe or not well-formed.
[[nodiscard]] bool load(std::string_view bytes, pugi::xml_document& into);
/// The tree as UTF-8 text: one line without a declaration, or indented with one.
enum class layout { bare, indented };
[[nodiscard]] std::string print(pugi::xml_document const&, layout);
/// Text for element content or a quoted attribute.
[[nodiscard]] std::string escape(std::string_view);
}  // namespace cda::xml
