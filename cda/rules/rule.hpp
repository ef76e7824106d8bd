/// How a predicate reports: it names itself, the node and nothing of the patient. Rules that are
/// data are in schemas/rules/; what stands in this folder is what data cannot say.
#pragma once
#include <pugixml.hpp>
#include <string>
#include <unordered_map>

#include "cda/check.hpp"
#include "cda/document.hpp"
#include "cda/header_types.hpp"
#include "cda/xml.hpp"

namespace cda::rules {
/// How often each rule has spoken: after so many times it has been heard.
class tally {
public:
    explicit tally(std::size_t most) : most_(most) {}
    /// Each level has a count of its own: warnings must not hide an error of the same rule.
    [[nodiscard]] bool takes(std::string_view rule, severity level) {
        if (++said_[std::string(rule) + static_cast<char>('0' + static_cast<int>(level))] <= most_)
            return true;
        cut_ = true;
        return false;
    }
    [[nodiscard]] bool cut() const { return cut_; }

private:
    std::size_t most_;
    bool cut_{false};
    std::unordered_map<std::string, std::size_t> said_;
};

struct context {
    document const& doc;
    check_options const& options;
    catalogue const& texts;
    findings& out;
    tally& said;

    [[nodiscard]] header const& head() const { return doc.head(); }
    /// @param attribute  name of the attribute that is meant; empty: the element itself
    /// @param words      for {0}, {1} … of the rule's texts
    void report(char const* rule, pugi::xml_node where, std::string const& attribute = {},
                std::vector<std::string> const& words = {}) const;
    [[nodiscard]] pugi::xml_node node(std::initializer_list<std::string_view> names) const {
        return xml::path(doc.root(), names);
    }
    /// The deepest element that exists on a path: where a missing one would have to be added.
    [[nodiscard]] pugi::xml_node nearest(std::initializer_list<std::string_view> names) const;
};
/// The datatypes of header elements (DT-…, TEL-…, ADDR-…).
void check_datatypes(context const&, tree const&, names const&, std::vector<typed_element> const&);
/// @return the status; the findings say what is wrong when it is `refused`.
[[nodiscard]] ins_status check_identity(context const&);
/// Bodies and pictures in base64, and the PDF among them.
void check_body(context const&);
/// One patient, distinct ids.
void check_submission(std::vector<document> const&, catalogue const&, findings& out);
}  // namespace cda::rules
