/// Text forms that several parts of an MSSanté mail share.
#pragma once
#include <string>
#include <string_view>

#include "cda/document.hpp"

namespace mssante {
/// Letters without accents, ASCII only; what has no plain form becomes '_'.
[[nodiscard]] std::string without_accents(std::string_view utf8);
/// At most `most` characters (code points), never a broken one.
[[nodiscard]] std::string cut(std::string_view utf8, std::size_t most);
/// CDA time "19790312…" -> "12/03/1979"; empty when it is not a whole date.
[[nodiscard]] std::string french_date(std::string_view cda_time);
struct bearer {
    std::string family;  ///< birth name, upper case without accents
    std::string given;   ///< first given name, without accents
    std::string birth_date;
};
[[nodiscard]] bearer bearer_of(cda::header const&);
}  // namespace mssante
