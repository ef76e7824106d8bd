#include "gateway/cli/store.hpp"

#include <boost/json.hpp>
#include <iostream>

#include "gateway/open_store.hpp"

namespace gateway::cli {
int run_store_version(std::string const& file, output form) {
    auto keeper = open_schema(load_config(file));
    auto have = keeper.read();
    if (form == output::json)
        std::cout << boost::json::serialize(boost::json::object{{"version", have.version},
                                                                {"oldest", have.oldest},
                                                                {"known", keeper.known}})
                  << '\n';
    else
        std::cout << "tables : version " << have.version
                  << ", utilisables à partir de / usable from version " << have.oldest
                  << " ; ce Liaison connaît / this Liaison knows version " << keeper.known << '\n';
    return 0;
}

int run_store_migrate(std::string const& file, std::int64_t to) {
    auto keeper = open_schema(load_config(file));
    auto wanted = to == 0 ? keeper.known : to;
    try {
        keeper.move(wanted);
    } catch (store_unavailable const& why) {
        std::cerr << "rien n'a été changé / nothing was changed: " << why.what() << '\n';
        return 1;
    }
    std::cout << "tables : version " << wanted << '\n';
    return 0;
}
}  // namespace gateway::cli
