/// LD_PRELOAD: cuts the power of a process, as far as the files of one folder can tell.
///
///   POWERCUT_DIR    absolute path of the folder; what lies outside of it is left alone, and so is
///                   SQLite's -shm, which every first opener builds anew
///   POWERCUT_AT     N: the Nth operation (a write, a change of size or of a name, an fsync) is the
///                   last, then the process ends, 137. A sync is cut before it takes effect. N
///                   beyond the last operation cuts at the end of the process. 0: counts only
///   POWERCUT_LEFT   another, empty folder: receives what a disk that forgets may have left. (Not
///                   in place: the other threads still read while this is being written.)
///   POWERCUT_SEED   which of the possible remains is left
///   POWERCUT_COUNT  file that receives the number of operations when N is 0
///   POWERCUT_LIE    "files" or "folder": fsync of these answers well and does nothing, so that a
///                   test can show that it would notice
///
/// Writes go through to the real files, where the process reads them; fsync does not, nothing here
/// needs it. Paths are taken as they are given: absolute, as SQLite gives them.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <mutex>
#include <set>

#include "disk.hpp"

namespace {
using powercut::change;

/// Straight to the kernel: the library's own functions are the ones replaced below.
int real_open(int base, char const* path, int flags, mode_t mode) {
    return static_cast<int>(::syscall(SYS_openat, base, path, flags, mode));
}
int real_close(int fd) { return static_cast<int>(::syscall(SYS_close, fd)); }

std::string slurp(std::string const& path) {
    std::string out;
    char chunk[65536];
    int fd = real_open(AT_FDCWD, path.c_str(), O_RDONLY, 0);
    for (ssize_t n = 0; (n = ::read(fd, chunk, sizeof chunk)) > 0;)
        out.append(chunk, static_cast<std::size_t>(n));
    real_close(fd);
    return out;
}
void spill(std::string const& path, std::string const& bytes) {
    int fd = real_open(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (std::size_t at = 0; at < bytes.size();) {
        auto n = ::syscall(SYS_write, fd, bytes.data() + at, bytes.size() - at);
        if (n <= 0) ::_exit(1);
        at += static_cast<std::size_t>(n);
    }
    real_close(fd);
}
std::string setting(char const* name) {
    auto text = std::getenv(name);
    return text == nullptr ? std::string{} : text;
}
std::uint64_t number(char const* name) { return std::strtoull(setting(name).c_str(), nullptr, 10); }

class machine {
public:
    machine()
        : folder_(setting("POWERCUT_DIR")),
          lie_(setting("POWERCUT_LIE")),
          at_(number("POWERCUT_AT")),
          seed_(number("POWERCUT_SEED")) {
        auto dir = folder_.empty() ? nullptr : ::opendir(folder_.c_str());
        if (dir == nullptr) return;
        while (auto entry = ::readdir(dir)) {
            auto path = folder_ + "/" + entry->d_name;
            auto name = name_of(path.c_str());
            if (entry->d_type == DT_REG && !name.empty()) disk_.found(name, slurp(path));
        }
        ::closedir(dir);
    }

    int open(int base, char const* path, int flags, mode_t mode) {
        std::lock_guard lock(guard_);
        int fd = real_open(base, path, flags, mode);
        if (fd < 0) return fd;
        if (folder_ == path) folders_.insert(fd);
        auto name = name_of(path);
        if (name.empty()) return fd;
        auto f = disk_.find(name);
        bool made = !f;
        if (made) f = disk_.create(name);
        files_[fd] = f;
        if (made)
            tick();
        else if ((flags & O_TRUNC) != 0)
            changed(*f, {change::kind::resize, 0, {}});
        return fd;
    }
    int close(int fd) {
        std::lock_guard lock(guard_);
        files_.erase(fd);
        folders_.erase(fd);
        return real_close(fd);
    }
    ssize_t write_at(int fd, void const* data, std::size_t size, off_t at) {
        std::lock_guard lock(guard_);
        auto n = ::syscall(SYS_pwrite64, fd, data, size, at);
        wrote(fd, data, n, at);
        return n;
    }
    ssize_t write(int fd, void const* data, std::size_t size) {
        std::lock_guard lock(guard_);
        auto n = ::syscall(SYS_write, fd, data, size);
        // Where it went: just before the place where the descriptor stands now, appended or not.
        wrote(fd, data, n, files_.count(fd) == 0 ? 0 : ::lseek(fd, 0, SEEK_CUR) - n);
        return n;
    }
    int resize(int fd, off_t size) {
        std::lock_guard lock(guard_);
        auto failed = static_cast<int>(::syscall(SYS_ftruncate, fd, size));
        auto f = files_.find(fd);
        if (failed == 0 && f != files_.end())
            changed(*f->second, {change::kind::resize, static_cast<std::uint64_t>(size), {}});
        return failed;
    }
    int sync(int fd) {
        std::lock_guard lock(guard_);
        auto f = files_.find(fd);
        if (f != files_.end()) {
            tick();
            if (lie_ != "files") powercut::disk::sync(*f->second);
        } else if (folders_.count(fd) != 0) {
            tick();
            if (lie_ != "folder") disk_.sync_names();
        }
        return 0;
    }
    int remove(int base, char const* path, int flags) {
        std::lock_guard lock(guard_);
        auto failed = static_cast<int>(::syscall(SYS_unlinkat, base, path, flags));
        auto name = name_of(path);
        if (failed == 0 && !name.empty()) {
            disk_.remove(name);
            tick();
        }
        return failed;
    }
    int rename(char const* from, char const* to) {
        std::lock_guard lock(guard_);
        auto failed = static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0U));
        auto before = name_of(from), after = name_of(to);
        if (failed == 0 && !before.empty() && !after.empty()) {
            disk_.rename(before, after);
            tick();
        }
        return failed;
    }

    /// The process ends by itself. A count is only worth something if nothing went past us.
    void end() {
        std::lock_guard lock(guard_);
        if (folder_.empty()) return;
        if (at_ > 0) cut();
        auto said = std::to_string(seen_);
        for (auto const& [name, bytes] : disk_.now())
            if (slurp(folder_ + "/" + name) != bytes) said = "not all writes of " + name + " seen";
        if (auto path = setting("POWERCUT_COUNT"); !path.empty()) spill(path, said);
    }

private:
    /// The name inside the folder; empty: not ours.
    [[nodiscard]] std::string name_of(std::string_view path) const {
        if (folder_.empty() || path.size() <= folder_.size() + 1 ||
            path.substr(0, folder_.size()) != folder_ || path[folder_.size()] != '/' ||
            path.ends_with("-shm"))
            return {};
        return std::string(path.substr(folder_.size() + 1));
    }
    void wrote(int fd, void const* data, ssize_t size, off_t at) {
        auto f = files_.find(fd);
        if (size <= 0 || f == files_.end()) return;
        changed(*f->second,
                {change::kind::write, static_cast<std::uint64_t>(at),
                 std::string(static_cast<char const*>(data), static_cast<std::size_t>(size))});
    }
    void changed(powercut::file& f, change c) {
        f.pending.push_back(std::move(c));
        tick();
    }
    void tick() {
        if (++seen_ == at_) cut();
    }
    [[noreturn]] void cut() {
        // The place takes part: one seed shall not draw the same fates at every cut.
        auto left = disk_.after_cut(seed_ * 1'000'003 + seen_);
        auto into = setting("POWERCUT_LEFT");
        if (into.empty()) ::_exit(2);
        for (auto const& [name, bytes] : left) spill(into + "/" + name, bytes);
        ::_exit(137);
    }

    std::mutex guard_;
    std::string folder_, lie_;
    std::uint64_t at_, seed_, seen_{0};
    powercut::disk disk_;
    std::map<int, powercut::file_ptr> files_;
    std::set<int> folders_;
};

/// Never destroyed: other threads may still write while the process ends.
machine& here() {
    static auto& one = *new machine;
    return one;
}
[[gnu::destructor]] void last() { here().end(); }

mode_t mode_in(int flags, std::va_list rest) {
    return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}
}  // namespace

// Names and signatures of the C library; unlink, rename and ftruncate are declared as not throwing.
extern "C" {
int open(char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return here().open(AT_FDCWD, path, flags, mode);
}
int open64(char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return here().open(AT_FDCWD, path, flags, mode);
}
int openat(int base, char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return here().open(base, path, flags, mode);
}
int openat64(int base, char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return here().open(base, path, flags, mode);
}
int creat(char const* path, mode_t mode) {
    return here().open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(char const* path, mode_t mode) { return creat(path, mode); }
int close(int fd) { return here().close(fd); }
ssize_t write(int fd, void const* data, std::size_t size) { return here().write(fd, data, size); }
ssize_t pwrite(int fd, void const* data, std::size_t size, off_t at) {
    return here().write_at(fd, data, size, at);
}
ssize_t pwrite64(int fd, void const* data, std::size_t size, off64_t at) {
    return here().write_at(fd, data, size, at);
}
ssize_t writev(int fd, iovec const* parts, int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all.append(static_cast<char const*>(parts[i].iov_base), parts[i].iov_len);
    return here().write(fd, all.data(), all.size());
}
int ftruncate(int fd, off_t size) noexcept { return here().resize(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return here().resize(fd, size); }
int fsync(int fd) { return here().sync(fd); }
int fdatasync(int fd) { return here().sync(fd); }
int unlink(char const* path) noexcept { return here().remove(AT_FDCWD, path, 0); }
int unlinkat(int base, char const* path, int flags) noexcept {
    return here().remove(base, path, flags);
}
int rename(char const* from, char const* to) noexcept { return here().rename(from, to); }
}
