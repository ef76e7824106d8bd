/// LD_PRELOAD: a machine in trouble, as far as one process can tell.
///
///   MACHINE_DIR      absolute path of the folder whose files are in trouble
///   MACHINE_CONTROL  file that says which trouble there is now, one a line; read at each call:
///     full           writes that make a file longer fail, and statvfs finds no room
///     space N        statvfs finds N bytes
///     readonly       every write, change of size, removal and opening for writing fails
///     broken         reads and writes fail with EIO
///     slow MS        an fsync takes so long
///     clock SECONDS  the wall clock is so far off; other clocks are not
///
/// Paths are taken as they are given: absolute, as SQLite gives them.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

namespace {
std::string_view setting(char const* name) {
    auto text = std::getenv(name);
    return text == nullptr ? std::string_view{} : text;
}
template <class F>
F real(char const* name) {
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

/// What the control file says after the word, " " when it says just the word, empty when it does
/// not say it. No library call that is replaced below, and errno as it was.
struct answer {
    char text[32];
    explicit operator bool() const { return text[0] != '\0'; }
    [[nodiscard]] long long number() const { return std::strtoll(text, nullptr, 10); }
};
answer trouble(std::string_view word) {
    answer out{};
    auto kept = errno;
    auto path = std::getenv("MACHINE_CONTROL");
    char said[256];
    long n = -1;
    if (path != nullptr) {
        auto fd = ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (fd >= 0) {
            n = ::syscall(SYS_read, fd, said, sizeof said);
            ::syscall(SYS_close, fd);
        }
    }
    errno = kept;
    for (std::string_view rest(said, n > 0 ? static_cast<std::size_t>(n) : 0); !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.substr(0, line.find(' ')) != word) continue;
        out.text[0] = ' ';
        auto value = line.substr(std::min(line.size(), word.size() + 1));
        value.copy(out.text + 1, sizeof out.text - 2);
    }
    return out;
}

bool inside(char const* path) {
    auto folder = setting("MACHINE_DIR");
    std::string_view p = path == nullptr ? "" : path;
    return !folder.empty() && p.starts_with(folder) &&
           (p.size() == folder.size() || p[folder.size()] == '/');
}
bool inside(int fd) {
    char link[32], target[4096];
    auto end = link + sizeof link - 1;
    // Written by hand: snprintf may allocate, and this stands under everything.
    std::memcpy(link, "/proc/self/fd/", 14);
    char digits[12];
    int count = 0;
    for (auto n = fd; n > 0 || count == 0; n /= 10)
        digits[count++] = static_cast<char>('0' + n % 10);
    auto at = link + 14;
    while (count > 0 && at < end) *at++ = digits[--count];
    *at = '\0';
    auto kept = errno;
    auto n = ::syscall(SYS_readlinkat, AT_FDCWD, link, target, sizeof target - 1);
    errno = kept;
    if (n <= 0) return false;
    target[n] = '\0';
    return inside(target);
}
/// @return errno of a write of this file up to `end`; 0: it may go on.
int refused(int fd, off_t end) {
    if (!inside(fd)) return 0;
    if (trouble("broken")) return EIO;
    if (trouble("readonly")) return EROFS;
    if (!trouble("full")) return 0;
    struct stat s {};
    ::fstat(fd, &s);
    return end > s.st_size ? ENOSPC : 0;
}
template <class T>
T fail(int why) {
    errno = why;
    return static_cast<T>(-1);
}

int open_as(int base, char const* path, int flags, mode_t mode) {
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    if (writes && inside(path)) {
        if (trouble("readonly")) return fail<int>(EROFS);
        struct stat s {};
        if (trouble("full") && (flags & O_CREAT) != 0 && ::stat(path, &s) != 0)
            return fail<int>(ENOSPC);
    }
    return static_cast<int>(::syscall(SYS_openat, base, path, flags, mode));
}
mode_t mode_in(int flags, std::va_list rest) {
    return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}
}  // namespace

extern "C" {
int open(char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return open_as(AT_FDCWD, path, flags, mode);
}
int open64(char const* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    auto mode = mode_in(flags, rest);
    va_end(rest);
    return open_as(AT_FDCWD, path, flags, mode);
}
ssize_t write(int fd, void const* data, std::size_t size) {
    if (auto why = refused(fd, ::lseek(fd, 0, SEEK_CUR) + static_cast<off_t>(size)))
        return fail<ssize_t>(why);
    return ::syscall(SYS_write, fd, data, size);
}
ssize_t pwrite(int fd, void const* data, std::size_t size, off_t at) {
    if (auto why = refused(fd, at + static_cast<off_t>(size))) return fail<ssize_t>(why);
    return ::syscall(SYS_pwrite64, fd, data, size, at);
}
ssize_t pwrite64(int fd, void const* data, std::size_t size, off64_t at) {
    return pwrite(fd, data, size, at);
}
ssize_t pread(int fd, void* data, std::size_t size, off_t at) {
    if (trouble("broken") && inside(fd)) return fail<ssize_t>(EIO);
    return ::syscall(SYS_pread64, fd, data, size, at);
}
ssize_t pread64(int fd, void* data, std::size_t size, off64_t at) {
    return pread(fd, data, size, at);
}
int ftruncate(int fd, off_t size) noexcept {
    if (auto why = refused(fd, size)) return fail<int>(why);
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size));
}
int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }
int fallocate(int fd, int mode, off_t at, off_t size) {
    if (auto why = refused(fd, at + size)) return fail<int>(why);
    return static_cast<int>(::syscall(SYS_fallocate, fd, mode, at, size));
}
int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    return fallocate(fd, mode, at, size);
}
int posix_fallocate(int fd, off_t at, off_t size) {
    return fallocate(fd, 0, at, size) == 0 ? 0 : errno;
}
int fsync(int fd) {
    if (inside(fd)) {
        if (trouble("broken")) return fail<int>(EIO);
        if (auto ms = trouble("slow")) ::usleep(static_cast<useconds_t>(ms.number() * 1000));
    }
    return static_cast<int>(::syscall(SYS_fsync, fd));
}
int fdatasync(int fd) { return fsync(fd); }
int unlink(char const* path) noexcept {
    if (inside(path) && trouble("readonly")) return fail<int>(EROFS);
    return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int statvfs(char const* path, struct statvfs* out) noexcept {
    static auto const next = real<int (*)(char const*, struct statvfs*)>("statvfs");
    auto failed = next(path, out);
    if (failed != 0 || !inside(path)) return failed;
    if (trouble("full")) out->f_bavail = out->f_bfree = 0;
    if (auto bytes = trouble("space"))
        out->f_bavail = out->f_bfree = static_cast<fsblkcnt_t>(bytes.number()) / out->f_frsize;
    return 0;
}
int statvfs64(char const* path, struct statvfs64* out) noexcept {
    return statvfs(path, reinterpret_cast<struct statvfs*>(out));
}
int clock_gettime(clockid_t which, timespec* out) noexcept {
    auto failed = static_cast<int>(::syscall(SYS_clock_gettime, which, out));
    if (failed == 0 && which == CLOCK_REALTIME)
        if (auto seconds = trouble("clock")) out->tv_sec += static_cast<time_t>(seconds.number());
    return failed;
}
}
