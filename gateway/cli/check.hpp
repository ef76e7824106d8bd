/// `liaison check FILE...`: a verdict on each CDA or IHE_XDM.ZIP without a daemon.
#pragma once
#include <string>
#include <vector>

#include "cda/ins.hpp"

namespace gateway::cli {
enum class output { text, json, sarif };
enum class language { fr, en };
/// The language of the terminal: English when the locale says so, French otherwise.
[[nodiscard]] language language_of_terminal();

struct check_request {
    std::vector<std::string> files;  ///< "-" is standard input; a folder stands for what is in it
    cda::environment env{cda::environment::production};
    output form{output::text};
    language words{language::fr};
    std::string value_sets;  ///< folder of JDV files; empty: the shipped sets alone
    std::string config;  ///< a gateway configuration whose environment, value sets and overrides
                         ///< count; or empty
    bool colour{false};  ///< of the text form
};
/// @return 0 all accepted, 1 one refused, 2 a file cannot be read or a setting is wrong.
int run_check(check_request const&);
}  // namespace gateway::cli
