#include "gateway/cli/check.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cda/ascii.hpp"
#include "cda/parse.hpp"
#include "gateway/admin/json.hpp"
#include "gateway/check_settings.hpp"
#include "gateway/cli/report.hpp"
#include "gateway/intake/decode.hpp"

namespace gateway::cli {
namespace {
bool read_all(std::string const& file, std::string& out) {
    std::stringstream all;
    if (file == "-") {
        all << std::cin.rdbuf();
    } else {
        std::ifstream in(file, std::ios::binary);
        if (!in) return false;
        all << in.rdbuf();
        if (in.bad()) return false;
    }
    out = all.str();
    return true;
}

/// The documents of one file: a CDA, or all of an IHE_XDM.ZIP, which must be about one patient.
struct judged {
    cda::verdict verdict;
    std::vector<std::string> texts;  ///< as UTF-8, for the lines that a report shows
};
judged verdict_on(std::string const& bytes, cda::check_options const& options) {
    judged out;
    auto read = decode_upload(bytes);
    if (auto bad = std::get_if<cda::findings>(&read)) {
        out.verdict.found = std::move(*bad);
        return out;
    }
    auto& all = std::get<decoded>(read);
    out.verdict = cda::check({all.documents.begin(), all.documents.end()}, options);
    add_findings(out.verdict, compare_metadata(all.said, out.verdict));
    for (auto const& d : all.documents) {
        std::string text;
        if (cda::to_utf8(d, text)) text.clear();
        out.texts.push_back(std::move(text));
    }
    return out;
}

/// Folders become their .xml and .zip files, in the order of their names.
std::vector<std::string> expanded(std::vector<std::string> const& given) {
    namespace fs = std::filesystem;
    std::vector<std::string> out;
    for (auto const& name : given) {
        std::error_code none;
        if (name == "-" || !fs::is_directory(name, none)) {
            out.push_back(name);
            continue;
        }
        std::vector<std::string> inside;
        for (auto const& item : fs::recursive_directory_iterator(name)) {
            auto ending = cda::ascii::lower(item.path().extension().string());
            if (item.is_regular_file() && (ending == ".xml" || ending == ".zip"))
                inside.push_back(item.path().string());
        }
        std::sort(inside.begin(), inside.end());
        out.insert(out.end(), inside.begin(), inside.end());
    }
    return out;
}

/// How far a long run is, on a terminal.
class progress {
public:
    explicit progress(std::size_t all) : all_(all), on_(all > 20 && isatty(STDERR_FILENO) == 1) {}
    void step() {
        ++done_;
        if (on_ && (done_ % 10 == 0 || done_ == all_))
            std::cerr << "\r" << done_ << "/" << all_ << (done_ == all_ ? "\n" : "") << std::flush;
    }

private:
    std::size_t all_, done_{0};
    bool on_;
};
}  // namespace

language language_of_terminal() {
    for (auto name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        auto value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        return std::string_view(value).starts_with("en") ? language::en : language::fr;
    }
    return language::fr;
}

int run_check(check_request const& request) {
    int code = 0;
    std::size_t accepted = 0, refused = 0;
    check_settings settings;
    try {
        settings = settings_for_check(request.config, request.value_sets, request.env);
    } catch (config_error const&) {
        throw;  // main says it as `config check` does
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 2;
    }
    for (auto const& wrong : settings.sets.refused) std::cerr << wrong << '\n';
    sarif_log sarif(request.words);
    auto files = expanded(request.files);
    progress far(files.size());
    for (auto const& file : files) {
        std::string bytes;
        if (!read_all(file, bytes)) {
            std::cerr << file << ": "
                      << (request.words == language::fr ? "illisible\n" : "cannot be read\n");
            code = 2;
            continue;
        }
        auto [v, texts] = verdict_on(bytes, settings.options);
        switch (request.form) {
            case output::json: std::cout << boost::json::serialize(to_json(file, v)) << '\n'; break;
            case output::sarif: sarif.add(file, v.found, texts); break;
            case output::text: print_text(std::cout, file, v, texts, request.words, request.colour);
        }
        far.step();
        ++(v.accepted ? accepted : refused);
        if (!v.accepted && code == 0) code = 1;
    }
    if (request.form == output::sarif) sarif.print(std::cout);
    if (request.form == output::text && accepted + refused > 1)
        std::cout << accepted << (request.words == language::fr ? " accepté(s), " : " accepted, ")
                  << refused << (request.words == language::fr ? " refusé(s)\n" : " refused\n");
    return code;
}
}  // namespace gateway::cli
