/// One rule that a document or a submission breaks. A finding never holds a patient's value: it
/// names the rule, the place and the remedy. Texts come from the catalogue in `schemas/rules.toml`.
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
        location;  ///< XPath-like place, e.g. "recordTarget/patientRole/id"; empty: whole input
    int line{0};   ///< 1-based line in the document; 0 when unknown
    text message;
    text remedy;
};

using findings = std::vector<finding>;
}  // namespace cda
