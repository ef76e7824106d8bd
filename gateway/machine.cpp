#include "gateway/machine.hpp"

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>

namespace gateway::machine {
namespace {
constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t limit_of(int what) {
    rlimit l{};
    if (::getrlimit(static_cast<__rlimit_resource_t>(what), &l) != 0 || l.rlim_cur == RLIM_INFINITY)
        return unlimited;
    return l.rlim_cur;
}

/// memory.max of the control group (version 2) that this process is in; a group above may set less.
std::uint64_t control_group_bytes() {
    std::ifstream own("/proc/self/cgroup");
    std::string line, group;
    while (std::getline(own, line))
        if (line.starts_with("0::")) group = line.substr(3);
    auto least = unlimited;
    for (;;) {
        std::ifstream in("/sys/fs/cgroup" + group + "/memory.max");
        std::uint64_t bytes = 0;
        if (in >> bytes) least = std::min(least, bytes);  // "max" is no number
        auto slash = group.rfind('/');
        if (slash == std::string::npos || group.size() <= 1) return least;
        group.resize(slash);
    }
}
}  // namespace

std::uint64_t free_disk(std::string const& folder) {
    struct statvfs s {};
    if (::statvfs(folder.c_str(), &s) != 0) return unlimited;
    return static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
}

std::uint64_t open_descriptors() {
    auto dir = ::opendir("/proc/self/fd");
    if (dir == nullptr) return errno == EMFILE || errno == ENFILE ? unlimited : 0;
    std::uint64_t n = 0;
    while (auto entry = ::readdir(dir)) n += entry->d_name[0] != '.';
    ::closedir(dir);
    return n - 1;  // without the one that looked
}
std::uint64_t most_descriptors() { return limit_of(RLIMIT_NOFILE); }

void raise_descriptor_limit() {
    rlimit l{};
    if (::getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur == l.rlim_max) return;
    l.rlim_cur = l.rlim_max;
    // Not allowed: then the limit stays, and the watch closes intake before it is reached.
    (void)::setrlimit(RLIMIT_NOFILE, &l);
}

std::uint64_t resident_bytes() {
    std::ifstream in("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t memory_bytes() {
    auto machine = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                   static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return std::min({machine, control_group_bytes(), limit_of(RLIMIT_AS)});
}

void release_memory() { ::malloc_trim(0); }
}  // namespace gateway::machine
