/// The small XPath that rules are written in, compiled once. A subset of XPath 1.0 (W3C
/// Recommendation of 16 November 1999) over element and attribute nodes, with the fixed prefixes of
/// names.hpp, and these functions of ours: one-of, in-set, code-in-set, text-in-set, is-timestamp,
/// is-oid, is-integer, is-ucum, has-form.
/// `@xsi:type` is compared without its prefix. README.md of schemas/ teaches it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cda/names.hpp"

namespace cda::expression {
enum class axis : std::uint8_t {
    child,
    descendant,
    self,
    parent,
    ancestor,
    preceding_sibling,
    following_sibling,
    attribute
};
enum class op : std::uint8_t {
    either,
    both,
    negate,
    equal,
    unequal,
    less,
    less_equal,
    greater,
    greater_equal,
    path,
    alternatives,
    literal,
    number,
    yes,
    no,
    call
};
enum class function : std::uint8_t {
    count,
    string_length,
    normalize_space,
    starts_with,
    contains,
    string,
    name,
    one_of,
    in_set,
    code_in_set,
    text_in_set,
    is_timestamp,
    is_oid,
    is_integer,
    is_ucum,
    has_form
};

struct step {
    axis along;
    bool any{false};         ///< `*`, `@*`, `.` or `..`
    symbol name{no_name};    ///< of an element, or of an attribute with its `@`
    bool positional{false};  ///< one of the predicates is a number
    std::vector<std::uint32_t> predicates;
};
/// The commonest shapes, which are answered without walking.
enum class shortcut : std::uint8_t {
    none,
    has_attribute,       ///< `@a`
    has_child,           ///< `x`
    attribute_is,        ///< `@a = 'v'`
    child_attribute_is,  ///< `x/@a = 'v'`
};
struct part {
    op kind;
    function called{};
    bool absolute{false};  ///< a path that starts at the document
    double value{0};
    std::string text;                ///< literal, or the list of one-of
    std::vector<std::string> words;  ///< of one-of, sorted
    std::vector<std::uint32_t> operands;
    std::vector<step> steps;
    shortcut quick{shortcut::none};
    std::uint32_t from{0}, to{0};  ///< characters of the source that say this part
};

/// One compiled expression; `parts[top]` is its root.
struct compiled {
    std::string source;
    std::vector<part> parts;
    std::uint32_t top{0};

    [[nodiscard]] part const& root() const { return parts[top]; }
    [[nodiscard]] std::string_view text_of(part const& p) const {
        return std::string_view(source).substr(p.from, p.to - p.from);
    }
};

/// @throws std::runtime_error saying what is wrong and at which character.
[[nodiscard]] compiled compile(std::string_view source, names&);

/// A pattern as in `at`: alternatives of paths, each matched from its last step upward.
struct pattern {
    compiled path;  ///< an `op::path`, or `op::alternatives` of them
};
/// @throws std::runtime_error when it is not a path.
[[nodiscard]] pattern compile_pattern(std::string_view source, names&);
}  // namespace cda::expression
