#include "gateway/value_sets.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gateway {
loaded_value_sets load_value_sets(std::string const& folder) {
    namespace fs = std::filesystem;
    loaded_value_sets out;
    auto sets = std::make_shared<cda::value_sets>(cda::value_sets::shipped());
    if (!folder.empty()) {
        std::error_code bad;
        std::vector<fs::path> files;
        for (auto at = fs::directory_iterator(folder, bad); !bad && at != fs::directory_iterator();
             at.increment(bad))
            if (at->path().extension() == ".xml") files.push_back(at->path());
        if (bad) throw std::runtime_error(folder + ": " + bad.message());
        std::sort(files.begin(), files.end());
        for (auto const& file : files) {
            std::ifstream in(file, std::ios::binary);
            std::stringstream all;
            all << in.rdbuf();
            if (!in) {
                out.refused.push_back(file.string() + ": cannot be read");
            } else if (auto wrong = sets->add_svs(all.str())) {
                out.refused.push_back(file.string() + ": " + *wrong);
            } else {
                ++out.files;
            }
        }
    }
    out.sets = std::move(sets);
    return out;
}
}  // namespace gateway
