/// Documents -> verdict. One call per submission: structure, rule packs, datatypes, identity and
/// bodies of each document, then rules across documents (one patient, distinct ids). Pure: rules
/// and value sets come from the caller.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "cda/document.hpp"
#include "cda/ins.hpp"
#include "cda/value_sets.hpp"

namespace cda {
class rulebook;

/// Rules whose test is a predicate in code: severities, texts and remedies by id
/// (schemas/rules/predicates.toml).
class catalogue {
public:
    /// @throws std::runtime_error naming the line when the TOML is wrong.
    [[nodiscard]] static catalogue parse(std::string_view toml);
    /// A finding with the texts of `rule`; an id that is not in the catalogue is a
    /// std::logic_error.
    /// @param words  for {0}, {1} … of the texts
    [[nodiscard]] finding make(std::string_view rule, std::string location = {}, int line = 0,
                               std::vector<std::string> const& words = {}) const;
    /// The catalogue shipped with this build.
    [[nodiscard]] static catalogue const& shipped();
    struct rule {
        std::string id, source;
        severity level;
        text message, remedy;
    };
    [[nodiscard]] std::vector<rule> const& rules() const { return rules_; }
    /// @throws std::logic_error for an id that is not in the catalogue
    [[nodiscard]] rule const& at(std::string_view id) const;

private:
    std::vector<rule> rules_;
};

/// An establishment's decision to let one rule pass as a warning (or to raise one), until a day.
struct rule_override {
    std::string rule;
    severity level{severity::warning};
    std::string reason, author;
    std::string until;  ///< YYYYMMDD, the last day on which it counts
};

struct check_options {
    environment env{environment::production};
    xml_limits limits;
    value_sets const* sets{nullptr};  ///< nullptr: the shipped ones
    std::vector<rule_override> overrides;
    std::string today;  ///< YYYYMMDD, for overrides; empty: none counts
    /// Nodes that the rules may visit in one document: far beyond any real one, near for one made
    /// to stall us.
    std::uint64_t steps{50'000'000};
    std::size_t most_findings{300};    ///< per document; that there are more is said by CDA-99
    std::size_t most_of_one_rule{50};  ///< per document, likewise
};
struct checked_document {
    std::string unique_id, type_code, template_root,
        sha256;  ///< sha256 is filled by the caller (no crypto here)
    std::string template_version;
    ins_status status{ins_status::absent};
    std::string ins_root;
    std::size_t size{0};
    std::vector<std::string> packs;  ///< rule packs that were applied, "name version"
};
struct value_set_use {
    std::string oid, name, version;  ///< version empty: not loaded
};
struct verdict {
    bool accepted{false};  ///< no finding of severity error
    std::vector<checked_document>
        documents;                    ///< one per input, in order; may be blank when unreadable
    findings found;                   ///< location prefixed by "document[n]" when several
    std::vector<document> parsed;     ///< readable documents, same order as inputs when accepted
    std::vector<value_set_use> sets;  ///< value sets that were asked
    std::vector<rule_override> overrides_used;  ///< those that changed a finding
};
[[nodiscard]] verdict check(std::vector<std::string_view> const& documents, check_options const&,
                            catalogue const& = catalogue::shipped());
[[nodiscard]] verdict check(std::vector<std::string_view> const& documents, check_options const&,
                            catalogue const&, rulebook const&);
}  // namespace cda
