#include "gateway/sandbox/put_file.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace gateway::sandbox {
void put_file(std::string const& path, std::string_view bytes, unsigned rights) {
    auto draft = path + ".part";
    {
        std::ofstream out(draft, std::ios::binary | std::ios::trunc);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!out.flush()) throw std::runtime_error("cannot write " + path);
    }
    if (::chmod(draft.c_str(), rights) != 0 || std::rename(draft.c_str(), path.c_str()) != 0)
        throw std::runtime_error("cannot write " + path);
}
}  // namespace gateway::sandbox
