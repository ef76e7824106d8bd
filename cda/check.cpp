#include "cda/check.hpp"

#include <algorithm>

#include "cda/rules/declared.hpp"
#include "cda/rules/rule.hpp"

namespace cda {
namespace {
/// The template that names the document model: the last that is neither HL7 France nor the minimal
/// structure.
std::string model_of(header const& h) {
    std::string out;
    for (auto const& t : h.templates)
        if (t.root != "2.16.840.1.113883.2.8.2.1" && t.root != "1.2.250.1.213.1.1.1.1")
            out = t.root;
    return out;
}
}  // namespace

verdict check(std::vector<std::string_view> const& inputs, check_options const& options,
              catalogue const& texts) {
    verdict v;
    if (inputs.empty()) v.found.push_back(texts.make("SUB-03"));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        checked_document summary;
        summary.size = inputs[i].size();
        auto read = document::parse(inputs[i], options.limits);
        findings here;
        if (auto bad = std::get_if<findings>(&read)) {
            here = std::move(*bad);
        } else {
            auto& doc = std::get<document>(read);
            rules::context c{doc, options, texts, here};
            rules::check_header(c);
            rules::check_declared(c);
            rules::check_datatypes(c);
            summary.status = rules::check_identity(c);
            rules::check_body(c);
            summary.unique_id = doc.head().unique_id();
            summary.type_code = doc.head().code.code;
            summary.template_root = model_of(doc.head());
            for (auto const& id : doc.head().patient.ids)
                if (summary.ins_root.empty() && authority_of(id.root)) summary.ins_root = id.root;
            v.parsed.push_back(std::move(doc));
        }
        for (auto& f : here) {
            if (inputs.size() > 1)
                f.location = "document[" + std::to_string(i + 1) + "]/" + f.location;
            v.found.push_back(std::move(f));
        }
        v.documents.push_back(std::move(summary));
    }
    if (v.parsed.size() == inputs.size()) rules::check_submission(v.parsed, texts, v.found);
    v.accepted = std::none_of(v.found.begin(), v.found.end(),
                              [](auto const& f) { return f.level == severity::error; });
    return v;
}
}  // namespace cda
