/// How a rule reports: it names itself, the element and nothing of the patient.
#pragma once
#include <pugixml.hpp>

#include "cda/check.hpp"
#include "cda/document.hpp"
#include "cda/xml.hpp"

namespace cda::rules {
struct context {
    document const& doc;
    check_options const& options;
    catalogue const& texts;
    findings& out;

    [[nodiscard]] header const& head() const { return doc.head(); }
    void report(char const* rule, char const* where, pugi::xml_node n = {}) const {
        out.push_back(texts.make(rule, where, doc.line_of(n ? n : doc.root())));
    }
    [[nodiscard]] pugi::xml_node node(std::initializer_list<std::string_view> names) const {
        return xml::path(doc.root(), names);
    }
};
void check_header(context const&);
/// Datatypes of every header element (DT-…, TEL-…, ADDR-…).
void check_datatypes(context const&);
/// Dot-separated arcs without leading zeros, or a UUID.
[[nodiscard]] bool oid_or_uuid(std::string_view);
/// @return the status; the findings say what is wrong when it is `refused`.
[[nodiscard]] ins_status check_identity(context const&);
void check_body(context const&);
/// One patient, distinct ids.
void check_submission(std::vector<document> const&, catalogue const&, findings& out);
/// A calendar date that exists, from the first eight digits.
[[nodiscard]] bool calendar_date(std::string_view);
/// Digits in whole pairs YYYY[MM[DD[hh[mm[ss[.fff]]]]]] and an offset, all existing (rule DT-TS).
[[nodiscard]] bool timestamp(std::string_view);
}  // namespace cda::rules
