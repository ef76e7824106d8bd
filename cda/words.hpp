/// Words for rules whose test is a simple fact: the test says it all, so nobody needs to write it
/// twice.
#pragma once
#include <optional>

#include "cda/expression/expression.hpp"
#include "cda/finding.hpp"

namespace cda {
struct rule_words {
    text message, remedy;
};
/// @param thing  what the context is called
/// @return nothing when the test is not a simple shape; then the catalogue must bring its own
/// words.
[[nodiscard]] std::optional<rule_words> words_for(expression::compiled const&, text const& thing);
/// `{0}`, `{1}` … in a text replaced by the words given.
[[nodiscard]] text filled(text const&, std::vector<std::string> const& words);
}  // namespace cda
