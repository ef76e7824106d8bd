/// The rules that are data: packs of contexts and tests from schemas/rules/, compiled once. Also
/// the element names and the structure table, which share the compiled names. Pure; built from text
/// by the caller or shipped. The form of the files is taught in schemas/README.md.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cda/expression/evaluate.hpp"
#include "cda/finding.hpp"
#include "cda/header_types.hpp"
#include "cda/structure/schema.hpp"

namespace cda {
struct rule_pack {
    std::string name, version, source, file;
    std::string when;              ///< which documents it is for; empty: all
    std::string label;             ///< "name version"
    std::uint32_t first_of_label;  ///< several files make one pack: the index of the first
};
/// One test of one context. An id may stand on several tests that say parts of one rule.
struct declared_rule {
    std::string id, source, at, test, near;
    severity level{severity::error};
    text message, remedy;
    std::uint32_t pack{0};
};
/// A declared rule that does not hold, and where to look.
struct broken_rule {
    declared_rule const* rule;
    expression::place where;
};

class rulebook {
public:
    struct file {
        std::string_view name, toml;
    };
    /// @throws std::runtime_error naming file, line and what is wrong.
    rulebook(std::vector<file> const& files, std::string_view structure_table);
    rulebook(rulebook const&) = delete;
    rulebook& operator=(rulebook const&) = delete;
    /// The rules shipped with this build.
    [[nodiscard]] static rulebook const& shipped();

    [[nodiscard]] std::vector<declared_rule> const& rules() const { return rules_; }
    [[nodiscard]] std::vector<rule_pack> const& packs() const { return packs_; }
    [[nodiscard]] cda::names const& element_names() const { return names_; }
    [[nodiscard]] structure::schema const& schema() const { return schema_; }
    [[nodiscard]] type_table const& types() const { return types_; }

    struct judgement {
        std::vector<broken_rule> broken;   ///< in document order
        std::vector<std::uint32_t> packs;  ///< those that apply to the document
        std::vector<std::uint32_t> times;  ///< how often each rule was found broken
    };
    /// @param most  a test that has been found broken so often is not asked again
    [[nodiscard]] judgement judge(tree const&, expression::evaluator&, std::uint32_t most) const;

private:
    friend class rulebook_loader;
    struct context {
        expression::pattern at;
        std::vector<std::uint32_t> tests;  ///< indices of rules_
        std::uint32_t pack;
    };
    struct compiled_rule {
        expression::compiled test, near;
        bool has_near;
    };
    void apply(std::vector<std::uint32_t> const& contexts, std::uint32_t element,
               std::vector<bool> const& active, expression::evaluator&, std::uint32_t most,
               judgement&) const;

    cda::names names_;
    structure::schema schema_;
    type_table types_;
    std::vector<rule_pack> packs_;
    std::vector<expression::compiled> conditions_;  ///< of packs, same order; empty: always
    std::vector<declared_rule> rules_;
    std::vector<compiled_rule> tests_;  ///< of rules, same order
    std::vector<context> contexts_;
    // Where a context may match: by the root of a templateId that the element carries, by the root
    // of the templateId element itself, by element name, or anywhere.
    std::unordered_map<std::string, std::vector<std::uint32_t>> by_template_, by_own_root_;
    // Paths from the root that do not lead into the body are not asked of the body's elements.
    std::vector<std::vector<std::uint32_t>> by_name_, header_by_name_;
    std::vector<std::uint32_t> anywhere_;
    symbol template_id_{no_name}, root_{no_name}, component_{no_name};
};
}  // namespace cda
