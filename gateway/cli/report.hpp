/// Findings for people and for tools: a text that shows the line of the document, and SARIF 2.1.0
/// (OASIS).
#pragma once
#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <memory>

#include "cda/check.hpp"
#include "gateway/cli/check.hpp"

namespace gateway::cli {
/// One file's verdict as text. `texts` are the documents as UTF-8, for the lines that are shown; an
/// unreadable one may be empty.
void print_text(std::ostream&, std::string const& file, cda::verdict const&,
                std::vector<std::string> const& texts, language, bool colour);
/// Line `number` (from 1) of a text, without its ending.
[[nodiscard]] std::string_view line_of(std::string_view text, int number);
/// Characters in UTF-8 bytes.
[[nodiscard]] std::size_t characters(std::string_view);
/// Index of the document that a location names.
[[nodiscard]] std::size_t document_of(std::string const& location);
/// Gathers files for one SARIF log.
class sarif_log {
public:
    explicit sarif_log(language l);
    ~sarif_log();
    /// @param texts  the documents as UTF-8: a column is given in characters of them
    void add(std::string const& file, cda::findings const&, std::vector<std::string> const& texts);
    void print(std::ostream&) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};
}  // namespace gateway::cli
