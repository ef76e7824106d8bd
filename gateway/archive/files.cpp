#include "gateway/archive/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace gateway::archive {
namespace {
[[noreturn]] void fail(std::string const& path) {
    throw std::runtime_error(path + ": " + std::strerror(errno));
}
bool one_of(std::string_view text, std::string_view allowed) {
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}
constexpr std::string_view digits = "0123456789", hex_digits = "0123456789abcdef";

/// "ID.json", "ID.N.xml" in the folder that the id's first two digits name.
bool below(std::string_view path, std::string_view folder, std::string_view ending) {
    if (!path.starts_with(folder) || !path.ends_with(ending)) return false;
    path.remove_prefix(folder.size());
    path.remove_suffix(ending.size());
    if (path.size() < 3 + 36 || path[2] != '/' || path.substr(0, 2) != path.substr(3, 2))
        return false;
    auto id = path.substr(3, 36), rest = path.substr(39);
    if (!one_of(id, "0123456789abcdef-")) return false;
    return ending == ".json" ? rest.empty()
                             : rest.starts_with('.') && one_of(rest.substr(1), digits);
}
bool ours(std::string const& path) {
    return path == ledger_name || below(path, "submissions/", ".json") ||
           below(path, "documents/", ".xml");
}
}  // namespace

out_file::out_file(std::string path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (fd_ < 0) fail(path_);
}
out_file::~out_file() {
    if (fd_ >= 0) ::close(fd_);
}
void out_file::put(std::string_view bytes) {
    while (!bytes.empty()) {
        auto n = ::write(fd_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(path_);
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}
void out_file::write(std::string_view bytes) {
    digest_.add(bytes);
    if (bytes.size() > 65'536) {
        put(std::exchange(waiting_, {}));
        return put(bytes);
    }
    waiting_ += bytes;
    if (waiting_.size() > 65'536) put(std::exchange(waiting_, {}));
}
std::string out_file::close() {
    put(std::exchange(waiting_, {}));
    if (::close(std::exchange(fd_, -1)) != 0) fail(path_);
    return digest_.hex();
}

void read_pieces(std::string const& path, std::function<void(std::string_view)> const& each) {
    int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) fail(path);
    auto closing = [](int* f) { ::close(*f); };
    std::unique_ptr<int, decltype(closing)> held(&fd, closing);
    struct stat about {};
    if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        throw std::runtime_error(path + ": not a file");
    std::vector<char> piece(1U << 18);
    for (;;) {
        auto n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(path);
        if (n == 0) return;
        each({piece.data(), static_cast<std::size_t>(n)});
    }
}

void read_lines(std::string const& path, std::function<void(std::string const&)> const& each) {
    constexpr std::size_t longest = 16U << 20;
    std::string line;
    read_pieces(path, [&](std::string_view piece) {
        while (!piece.empty()) {
            auto end = piece.find('\n');
            line += piece.substr(0, end);
            if (line.size() > longest) throw std::runtime_error(path + ": a line without end");
            if (end == std::string_view::npos) return;
            each(line);
            line.clear();
            piece.remove_prefix(end + 1);
        }
    });
    if (!line.empty()) throw std::runtime_error(path + ": cut off in the middle of a line");
}

std::string read_all(std::string const& path, std::size_t most) {
    std::string out;
    read_pieces(path, [&](std::string_view piece) {
        if (out.size() + piece.size() > most) throw std::runtime_error(path + ": too large");
        out += piece;
    });
    return out;
}

std::string digest_of(std::string const& path) {
    certs::sha256_stream digest;
    read_pieces(path, [&](std::string_view piece) { digest.add(piece); });
    return digest.hex();
}

std::string sums_line(summed const& s) { return s.sha256 + "  " + s.path + "\n"; }
summed sums_line(std::string const& line) {
    if (line.size() < 67 || line.substr(64, 2) != "  " || !one_of(line.substr(0, 64), hex_digits))
        throw std::runtime_error("SHA256SUMS: a line is malformed");
    summed out{line.substr(0, 64), line.substr(66)};
    if (!ours(out.path)) throw std::runtime_error("SHA256SUMS: a foreign path");
    return out;
}

std::string submission_path(std::string const& id) {
    return "submissions/" + id.substr(0, 2) + "/" + id + ".json";
}
std::string document_path(std::string const& id, std::size_t number) {
    return "documents/" + id.substr(0, 2) + "/" + id + "." + std::to_string(number) + ".xml";
}
}  // namespace gateway::archive
