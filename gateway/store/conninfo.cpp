#include "gateway/store/conninfo.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace gateway::sql {
std::optional<conninfo_fault> wrong_with(std::string const& conninfo) {
    char* why = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> read(
        PQconninfoParse(conninfo.c_str(), &why), &PQconninfoFree);
    std::unique_ptr<char, decltype(&PQfreemem)> words(why, &PQfreemem);
    if (!read)
        return conninfo_fault{"is not a PostgreSQL connection string",
                              "write it as keywords, e.g. \"host=db.example dbname=liaison\", or "
                              "as postgresql://db.example/liaison"};
    for (auto o = read.get(); o->keyword != nullptr; ++o) {
        std::string_view key = o->keyword;
        if (o->val != nullptr && (key == "password" || key == "sslpassword"))
            return conninfo_fault{"holds a password",
                                  "put it into a file of its own and name that in "
                                  "store.password_file, or use a client certificate"};
    }
    return std::nullopt;
}
}  // namespace gateway::sql
