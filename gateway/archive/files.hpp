/// The files of an export: written once, never over another, and read back with their digests.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "certs/digest.hpp"

namespace gateway::archive {
/// A new file for its owner alone. @throws std::runtime_error when it is there, or the disk is full
class out_file {
public:
    explicit out_file(std::string path);
    ~out_file();
    out_file(out_file const&) = delete;
    out_file& operator=(out_file const&) = delete;
    void write(std::string_view);
    /// With all of it handed to the system; whoever wrote the last one syncs them all.
    /// @return the SHA-256 of all that was written, hex
    std::string close();

private:
    void put(std::string_view);
    std::string path_, waiting_;
    certs::sha256_stream digest_;
    int fd_;
};

/// Reads a regular file, no link, piece by piece. @throws std::runtime_error
void read_pieces(std::string const& path, std::function<void(std::string_view)> const&);
/// Line by line, without the line's end; a last line without one is not a line and throws.
void read_lines(std::string const& path, std::function<void(std::string const&)> const&);
[[nodiscard]] std::string read_all(std::string const& path, std::size_t most);
[[nodiscard]] std::string digest_of(std::string const& path);

struct summed {
    std::string sha256, path;
};
/// One line of SHA256SUMS.
[[nodiscard]] std::string sums_line(summed const&);
/// @throws std::runtime_error when it is none, or names a place where no export has files
[[nodiscard]] summed sums_line(std::string const&);

[[nodiscard]] std::string submission_path(std::string const& id);
[[nodiscard]] std::string document_path(std::string const& id, std::size_t number);
inline constexpr char const *ledger_name = "ledger.jsonl", *sums_name = "SHA256SUMS",
                            *manifest_name = "manifest.json";
}  // namespace gateway::archive
