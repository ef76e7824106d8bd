/// One rule that a document or a submission breaks. A finding never holds a patient's value: it
/// names the rule, the place and the remedy. Texts come from the catalogue in `schemas/rules/`.
#pragma once
#include <string>
#include <vector>

namespace cda {
enum class severity { error, warning, info };

struct text {
    std::string fr;
    std::string en;
};

struct finding {
    std::string rule;  ///< stable id, e.g. "INS-02"
    severity level{severity::error};
    std::string
        location;   ///< XPath, e.g. "/ClinicalDocument/author[2]/time/@value"; empty: whole input
    int line{0};    ///< 1-based line in the document; 0 when unknown
    int column{0};  ///< 1-based column, counted in bytes of the text as UTF-8; 0 when unknown
    text message;
    text remedy;
    std::string
        pack;   ///< rule pack and version, e.g. "cr-bio 2024.01"; empty for what is not in a pack
    text note;  ///< what an override by the establishment has to say, when there is one
};

using findings = std::vector<finding>;
}  // namespace cda
