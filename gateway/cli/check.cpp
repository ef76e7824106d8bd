#include "gateway/cli/check.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cda/ascii.hpp"
#include "cda/check.hpp"
#include "gateway/admin/json.hpp"
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

char const* word(cda::severity s) {
    return s == cda::severity::error ? "error" : s == cda::severity::warning ? "warning" : "info";
}

void print(std::string const& file, cda::verdict const& v) {
    std::cout << file << ": " << (v.accepted ? "accepted" : "refused");
    for (auto const& d : v.documents)
        if (!d.unique_id.empty()) std::cout << "  " << d.type_code << " " << d.unique_id;
    std::cout << '\n';
    for (auto const& f : v.found) {
        std::cout << "  " << f.rule << " " << word(f.level);
        if (f.line != 0) std::cout << " line " << f.line;
        if (!f.location.empty()) std::cout << "  " << f.location;
        std::cout << "\n      " << f.message.fr << "\n      " << f.message.en << "\n      -> "
                  << f.remedy.fr << "\n      -> " << f.remedy.en << '\n';
    }
}

/// Of a CDA, or of all documents of an IHE_XDM.ZIP, which must be about one patient.
cda::verdict verdict_on(std::string const& bytes, cda::check_options const& options) {
    auto read = decode_upload(bytes);
    if (auto bad = std::get_if<cda::findings>(&read)) {
        cda::verdict v;
        v.accepted = false;
        v.found = std::move(*bad);
        return v;
    }
    auto const& documents = std::get<decoded>(read).documents;
    return cda::check({documents.begin(), documents.end()}, options);
}

void print(cda::catalogue::rule const& r) {
    std::cout << r.id << "  " << word(r.level) << "  " << r.source << "\n    " << r.message.fr
              << "\n    " << r.message.en << "\n    -> " << r.remedy.fr << "\n    -> "
              << r.remedy.en << '\n';
}
}  // namespace

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

int run_check(check_request const& request) {
    int code = 0;
    std::size_t accepted = 0, refused = 0;
    cda::check_options options;
    options.env = request.env;
    for (auto const& file : expanded(request.files)) {
        std::string bytes;
        if (!read_all(file, bytes)) {
            std::cerr << file << ": cannot be read\n";
            code = 2;
            continue;
        }
        auto v = verdict_on(bytes, options);
        if (request.form == output::json)
            std::cout << boost::json::serialize(to_json(file, v)) << '\n';
        else
            print(file, v);
        ++(v.accepted ? accepted : refused);
        if (!v.accepted && code == 0) code = 1;
    }
    if (request.form == output::text && accepted + refused > 1)
        std::cout << accepted << " accepted, " << refused << " refused\n";
    return code;
}

int run_rules(std::vector<std::string> const& words, output form) {
    bool explained = !words.empty() && words[0] == "explain";
    bool named = explained || (!words.empty() && words[0] == "show");
    if (words.size() != (named ? 2U : words.size()) || words.size() > 2) {
        std::cerr << "usage: liaison rules [list | show ID | explain ID]\n";
        return 2;
    }
    auto id = words.empty() || words[0] == "list" ? std::string{} : words.back();
    bool found = false;
    for (auto const& r : cda::catalogue::shipped().rules()) {
        if (!id.empty() && r.id != id) continue;
        found = true;
        if (form == output::json) {
            boost::json::object line{{"id", r.id},
                                     {"severity", word(r.level)},
                                     {"source", r.source},
                                     {"message", {{"fr", r.message.fr}, {"en", r.message.en}}},
                                     {"remedy", {{"fr", r.remedy.fr}, {"en", r.remedy.en}}}};
            std::cout << boost::json::serialize(line) << '\n';
        } else if (id.empty()) {
            std::cout << r.id << "  " << word(r.level) << "  " << r.message.en << '\n';
        } else {
            print(r);
            if (!explained) continue;
            auto checks = cda::explain(id);
            for (auto const& line : checks) std::cout << "    " << line << '\n';
            if (checks.empty()) std::cout << "    a predicate in code: cda/rules, gateway\n";
        }
    }
    if (found) return 0;
    std::cerr << "no rule " << id << " in the catalogue\n";
    return 1;
}
}  // namespace gateway::cli
