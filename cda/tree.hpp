/// A document as a flat list of elements in document order: what the structure layer and the rules
/// walk. Pure view: the pugixml tree below must outlive it.
#pragma once
#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cda/names.hpp"

namespace cda {
struct element {
    pugi::xml_node xml;
    std::uint32_t parent;  ///< index; the root is its own parent
    std::uint32_t end;     ///< one past its last descendant: the next sibling, when there is one
    std::uint32_t attributes_from, attributes_to;  ///< indices of its attributes
    symbol name;
    bool foreign;  ///< in a namespace, and not in HL7's
};
/// An attribute other than a namespace declaration. `@xsi:type` has its value without the prefix.
struct attribute {
    pugi::xml_attribute xml;
    std::string_view value;
    symbol name;
};

class tree {
public:
    /// @param root  the ClinicalDocument element
    tree(pugi::xml_node root, names const&);

    [[nodiscard]] std::vector<element> const& elements() const { return elements_; }
    [[nodiscard]] element const& operator[](std::uint32_t i) const { return elements_[i]; }
    [[nodiscard]] std::uint32_t size() const {
        return static_cast<std::uint32_t>(elements_.size());
    }
    [[nodiscard]] std::vector<attribute> const& attributes() const { return attributes_; }
    /// The attribute of an element with this name, or nullptr.
    [[nodiscard]] attribute const* find(std::uint32_t of, symbol name) const {
        auto const& e = elements_[of];
        for (auto a = e.attributes_from; a < e.attributes_to; ++a)
            if (attributes_[a].name == name) return &attributes_[a];
        return nullptr;
    }
    /// First child element with this name, or 0 (the root is nobody's child).
    [[nodiscard]] std::uint32_t child(std::uint32_t of, symbol name) const;
    [[nodiscard]] std::uint32_t depth(std::uint32_t i) const;
    /// The canonical name of an element even when no rule knows it.
    [[nodiscard]] std::string name_of(std::uint32_t i) const;

private:
    std::vector<element> elements_;
    std::vector<attribute> attributes_;
};
}  // namespace cda
