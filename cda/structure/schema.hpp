/// The CDA R2 structure as a table: element order, cardinality, attributes and lexical forms, read
/// once from schemas/structure/cda.structure (made from the schema files by compile.py there).
/// Source: HL7 CDA R2 schema of 2005 with the French extensions (CDA_extended.xsd).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cda/names.hpp"

namespace cda::structure {
using type_index = std::uint32_t;
inline constexpr type_index no_type = 0xFFFFFFFF;

enum class form : std::uint8_t {
    any_text,
    nonempty,
    token,
    xs_token,
    boolean,
    xs_boolean,
    integer,
    positive,
    decimal,
    real,
    uri,
    oid,
    uuid,
    ruid,
    timestamp,
    id,
    idref,
    idrefs,
    nmtoken,
    nmtokens,
    base64,
    language,
    one_of,
    list,
    either,
    range
};
struct simple_type {
    form kind{form::any_text};
    std::unordered_set<std::string> values;  ///< one_of
    std::vector<std::string> shown;          ///< the same in the order of the schema, for messages
    std::vector<std::uint32_t> members;      ///< list (one), either, range (base)
    double low{0}, high{0};
};
struct attribute_model {
    std::string name;
    symbol key;  ///< its name with `@`
    std::uint32_t type;
    bool required{false};
    std::string fixed;  ///< empty: free
};
/// One step of a content model's automaton.
struct move {
    symbol name;  ///< no_name: any element of another namespace
    std::uint32_t to;
    type_index type;  ///< no_type: the content is not looked at
};
struct state {
    std::vector<move> moves;
    bool may_end{false};
};
struct complex_type {
    std::string name;
    type_index base{no_type};
    bool mixed{false}, abstract_{false};
    std::uint32_t text{0xFFFFFFFF};  ///< simple type of the text, when there is one
    std::vector<attribute_model> attributes;
    std::size_t required{0};    ///< how many of them must stand
    std::vector<state> states;  ///< the first is the start; empty: no child at all
};

class schema {
public:
    /// @throws std::runtime_error naming the line of the table that is wrong.
    schema(std::string_view table, names&);

    [[nodiscard]] complex_type const& type(type_index i) const { return types_[i]; }
    [[nodiscard]] simple_type const& simple(std::uint32_t i) const { return simple_[i]; }
    [[nodiscard]] type_index root() const { return root_; }
    /// `@xsi:type`, and the attributes that may stand on any element.
    [[nodiscard]] symbol xsi_type() const { return xsi_type_; }
    [[nodiscard]] bool anywhere(symbol attribute) const {
        return attribute >= first_free_ && attribute <= last_free_;
    }
    [[nodiscard]] type_index find(std::string_view name) const;
    [[nodiscard]] bool derives(type_index from, type_index base) const;
    [[nodiscard]] std::size_t size() const { return types_.size(); }

private:
    class loader;
    std::vector<complex_type> types_;
    std::vector<simple_type> simple_;
    std::unordered_map<std::string, type_index> by_name_;
    type_index root_{no_type};
    symbol xsi_type_{no_name}, first_free_{no_name}, last_free_{no_name};
};
}  // namespace cda::structure
