/// Documents -> verdict. One call per submission: rules on each document, then rules across
/// documents (one patient, distinct ids). Pure; the rule texts come from the catalogue the caller
/// loaded.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cda/document.hpp"
#include "cda/ins.hpp"

namespace cda {
/// Texts, severities and remedies by rule id, read from `schemas/rules.toml` (passed as text).
class catalogue {
public:
    /// @throws std::runtime_error naming the line when the TOML is wrong.
    [[nodiscard]] static catalogue parse(std::string_view toml);
    /// A finding with the texts of `rule`; an id that is not in the catalogue is a
    /// std::logic_error.
    [[nodiscard]] finding make(std::string_view rule, std::string location = {},
                               int line = 0) const;
    /// The catalogue shipped with this build (generated from schemas/ at compile time).
    [[nodiscard]] static catalogue const& shipped();
    struct rule {
        std::string id, source;
        severity level;
        text message, remedy;
    };
    [[nodiscard]] std::vector<rule> const& rules() const { return rules_; }

private:
    std::vector<rule> rules_;
};

struct check_options {
    environment env{environment::production};
    xml_limits limits;
};
struct checked_document {
    std::string unique_id, type_code, template_root,
        sha256;  ///< sha256 is filled by the caller (no crypto here)
    ins_status status{ins_status::absent};
    std::string ins_root;
    std::size_t size{0};
};
struct verdict {
    bool accepted{false};  ///< no finding of severity error
    std::vector<checked_document>
        documents;                 ///< one per input, in order; may be blank when unreadable
    findings found;                ///< location prefixed by "document[n]/" when several
    std::vector<document> parsed;  ///< readable documents, same order as inputs when accepted
};
/// What the data of schemas/header.toml asks in the name of this rule, one line a check; empty when
/// the rule is a predicate in code.
[[nodiscard]] std::vector<std::string> explain(std::string_view rule);
[[nodiscard]] verdict check(std::vector<std::string_view> const& documents, check_options const&,
                            catalogue const& = catalogue::shipped());
}  // namespace cda
