/// Lexical forms of datatypes: pure tests on text. Source: CDA R2 datatypes; CI-SIS Structuration
/// minimale, datatype rules (digest 2.14); XML Schema part 2.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace cda::lexical {
/// A calendar date that exists, from the first eight digits.
[[nodiscard]] bool calendar_date(std::string_view);
/// Digits in whole pairs YYYY[MM[DD[hh[mm[ss[.fff]]]]]] and an offset of one to four digits, all
/// existing (rule DT-TS); the 24th hour is midnight.
[[nodiscard]] bool timestamp(std::string_view);
/// A timestamp as the bound of a period: an offset has four digits.
[[nodiscard]] bool bound(std::string_view);
/// Seconds since the year 0 in UTC of a timestamp; missing parts count as their first value, a
/// missing zone as UTC. nullopt when it is none.
[[nodiscard]] std::optional<std::int64_t> seconds(std::string_view);
/// What the schema alone asks of a TS: 1-8 digits, or 9-14 digits (14 with a fraction) and perhaps
/// an offset.
[[nodiscard]] bool schema_timestamp(std::string_view);
/// Dot-separated arcs without leading zeros, the first 0, 1 or 2; or a UUID.
[[nodiscard]] bool oid(std::string_view);
[[nodiscard]] bool uuid(std::string_view);
[[nodiscard]] inline bool oid_or_uuid(std::string_view s) { return oid(s) || uuid(s); }
[[nodiscard]] bool digits(std::string_view);   ///< one or more
[[nodiscard]] bool integer(std::string_view);  ///< xs:integer: a sign and leading zeros are legal
/// INT of the header rules: no plus, no zero after a minus.
[[nodiscard]] bool hl7_integer(std::string_view);
[[nodiscard]] bool decimal(std::string_view);
[[nodiscard]] bool real(std::string_view);  ///< xs:double, INF and NaN included
/// An XML name without colon (xs:ID).
[[nodiscard]] bool nc_name(std::string_view);
/// A legal URI reference: no blank, no control character, no bare <>"{}|\^`.
[[nodiscard]] bool uri(std::string_view);
/// What iri-to-uri() leaves as it is: printable ASCII without <>"{}|\^` and blanks.
[[nodiscard]] bool ascii_uri(std::string_view);
/// A tag of RFC 3066 as the datatype rules look at it: two letters to begin with.
[[nodiscard]] bool language(std::string_view);
/// Whether a list with blanks between has this word.
[[nodiscard]] bool has_word(std::string_view list, std::string_view word);
/// Letter by letter: A is an upper-case letter, a a lower-case one, 9 a digit, X an upper-case
/// letter or a digit, * whatever stands before or follows, anything else itself.
[[nodiscard]] bool has_form(std::string_view, std::string_view form);
[[nodiscard]] std::string_view trimmed(std::string_view);  ///< XML white space off both ends
}  // namespace cda::lexical
