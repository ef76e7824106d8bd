/// Usage figures, a pure function of ledger events and definitions: same input, same output.
/// Source: sun-es digest 2, 3 (CR-02, CR-03, CR-06, CR-07, CR-15 to CR-18, CR-22, CR-23, CR-26) and
/// 5.6.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/store/store.hpp"

namespace gateway::indicators {
struct definition {
    std::string id;
    cda::text name;
    std::string destination;         ///< delivery kind
    std::vector<std::string> types;  ///< typeCodes; empty: any
    std::string ins;                 ///< required INS status; empty: any
    bool per_message{false};         ///< otherwise once per document set
    bool external_only{false};
    std::optional<double> target;
    std::optional<std::int64_t> min_count;
};
struct definitions {
    std::string version;
    std::vector<definition> list;
};
/// @throws std::runtime_error when a key is missing or wrong, or when two D1 indicators share a
/// typeCode (CR-04).
[[nodiscard]] definitions load(std::string_view toml);
[[nodiscard]] definitions shipped();

/// Local dates in Europe/Paris, both inclusive: [from 00:00, (to + 1 day) 00:00).
struct window {
    instant from{0}, until{0};
};
/// "2026-01-01" -> that midnight in Paris (EU summer time rule). nullopt: not a date.
[[nodiscard]] std::optional<instant> paris_midnight(std::string_view date, int days_later = 0);

struct counted_unit {
    std::string key;           ///< setId or delivery
    instant at{0};             ///< when it was accepted
    std::int64_t sequence{0};  ///< ledger event that made it count
};
struct figure {
    definition about;
    std::vector<counted_unit> units;  ///< the numerator, traceable
};

class account {
public:
    /// @param environment  only its events count: what was tried is no usage (CR-22).
    account(definitions, window, std::string environment);
    void take(ledger_event const&);  ///< in ledger order
    [[nodiscard]] std::vector<figure> figures() const;

private:
    definitions definitions_;
    window window_;
    std::string environment_;
    std::vector<figure> figures_;
    std::vector<std::set<std::string>> seen_;  ///< keys of each figure
};
}  // namespace gateway::indicators
