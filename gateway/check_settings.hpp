/// What a verdict is made with: environment, value sets and overrides, from the configuration or
/// the command line; and what the gateway adds to the verdict of the documents alone.
#pragma once
#include "cda/check.hpp"
#include "gateway/config.hpp"
#include "gateway/intake/decode.hpp"

namespace gateway {
/// @param c  must outlive the options: they look at its value sets
[[nodiscard]] cda::check_options check_options_of(config const& c);

struct check_settings {
    loaded_value_sets sets;
    cda::check_options options;  ///< looks at `sets`
};
/// For `liaison check`. A configuration file brings everything; a folder of value sets given beside
/// it wins.
/// @throws config_error or std::runtime_error in plain words
[[nodiscard]] check_settings settings_for_check(std::string const& config_file,
                                                std::string const& value_sets, cda::environment);

/// Findings on metadata that came with documents; empty unless all documents could be read.
[[nodiscard]] cda::findings compare_metadata(std::vector<said_entry> const&, cda::verdict const&);
/// Appends findings and decides again.
void add_findings(cda::verdict&, cda::findings);
}  // namespace gateway
