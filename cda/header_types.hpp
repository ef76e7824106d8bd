/// Which elements of a header are judged as which datatype. The table is data
/// (schemas/rules/header-types.toml), compiled with the rulebook; what a datatype asks for is in
/// rules/datatypes.cpp. An element that no row names has no datatype: only the schema and the
/// models speak of it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cda/expression/evaluate.hpp"

namespace cda {
/// Datatypes of HL7 V3 release 1, as the official header file uses them.
enum class datatype : std::uint8_t {
    any,      ///< only: an element that says "unknown" says nothing else, here and below
    ii,       ///< identifier
    cd,       ///< code with translations and qualifiers
    ce,       ///< code with translations
    cs,       ///< code alone
    ts,       ///< instant
    ivxb_ts,  ///< bound of a period
    ivl_ts,   ///< period
    integer,
    tel,
    ad,
    en,  ///< name of whatever
    pn,  ///< name of a person
    on,  ///< name of an organisation
    st,
    sc,
    ed,
    bl
};
/// As the official files and the rows spell it: `IVL_TS`.
[[nodiscard]] std::string_view name_of(datatype);
[[nodiscard]] std::optional<datatype> datatype_of(std::string_view name);

struct typed_element {
    std::uint32_t element;  ///< index in the tree
    datatype type;
};

/// The rows as one tree of steps, so that a header is walked once, and not at all where no row
/// leads.
class type_table {
public:
    /// @param path  from the root, steps with the predicates of rules:
    /// `/ClinicalDocument/id[@root]`
    /// @throws std::runtime_error saying what is wrong with the path.
    void add(std::string_view path, datatype, names&);
    /// Every typed element, in document order.
    [[nodiscard]] std::vector<typed_element> of(tree const&, expression::evaluator&) const;

private:
    struct step {
        symbol name{no_name};
        std::string text;  ///< as it was written: rows that begin alike share their steps
        std::vector<expression::compiled> filters;
        std::optional<datatype> type;
        std::vector<std::uint32_t> below;
    };
    std::uint32_t child(std::uint32_t of, std::string_view text, names&);
    void walk(std::uint32_t from, std::uint32_t element, tree const&, expression::evaluator&,
              std::vector<typed_element>& out) const;

    std::vector<step> steps_{1};  ///< the first stands for the document
};
}  // namespace cda
