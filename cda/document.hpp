/// Bytes -> document. XML safety comes before anything else: no DOCTYPE, no entity, limits on size,
/// depth and attributes. Accepts UTF-8 (BOM or not), UTF-16, ISO-8859-1 and -15 as declared. Pure:
/// no file, clock or socket.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "cda/finding.hpp"
#include "cda/header.hpp"

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace cda {
struct xml_limits {
    std::size_t bytes{64U << 20};
    std::size_t depth{128};
    std::size_t attributes{64};        ///< of one element
    std::size_t name{256};             ///< bytes of an element's or attribute's name
    std::size_t declarations{256};     ///< of namespaces, in scope at one place
    std::size_t nodes{2'000'000};      ///< elements, texts, attributes
    std::size_t participations{4096};  ///< elements directly under ClinicalDocument
};

class document {
public:
    /// @return the document, or the XML-xx / CDA-xx findings that say why it cannot be read.
    [[nodiscard]] static std::variant<document, findings> parse(std::string_view bytes,
                                                                xml_limits const& = {});

    document(document&&) noexcept;
    document& operator=(document&&) noexcept;
    ~document();

    [[nodiscard]] header const& head() const;
    /// The ClinicalDocument element (UTF-8 tree).
    [[nodiscard]] pugi::xml_node root() const;
    struct position {
        int line{0},
            column{0};  ///< 1-based; the column counts bytes of the text as UTF-8; 0 when unknown
    };
    /// Where a node's tag begins in the received text.
    [[nodiscard]] position position_of(pugi::xml_node) const;
    /// A PDF carried by the document (N1 body, or the CR-BIO "copie du document"), decoded; empty
    /// when none.
    [[nodiscard]] std::string embedded_pdf() const;

private:
    struct state;
    explicit document(std::unique_ptr<state>);
    std::unique_ptr<state> state_;
};
}  // namespace cda
