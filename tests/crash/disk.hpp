/// A disk that forgets: files and names of one folder, as they stand now and as they would stand
/// after the power went. Only the model; powercut.cpp feeds it with what a process does.
///
/// What may be lost is what POSIX leaves open, and no more orderly than that:
/// - a write that no fsync of its file followed is, each for itself, lost, kept or torn (some of
///   its 512-byte sectors reach the disk), whatever became of the writes before it;
/// - a name that was made, taken away or changed is lost or kept, each for itself, until an fsync
///   of the folder. An fsync of a file says nothing about its name.
/// A sector is written whole or not at all, and bytes beside a write are safe.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace powercut {
struct change {
    enum class kind { write, resize } what{kind::write};
    std::uint64_t at{0};  ///< offset of a write, or the new size
    std::string bytes;
};
struct file {
    std::string durable;
    std::vector<change> pending;  ///< since the last fsync, oldest first
};
using file_ptr = std::shared_ptr<file>;
using image = std::map<std::string, std::string>;  ///< name -> contents

class disk {
public:
    /// A file that was there from the beginning.
    void found(std::string const& name, std::string bytes);
    /// @return nullptr: no such name.
    [[nodiscard]] file_ptr find(std::string const& name) const;
    file_ptr create(std::string const& name);
    void remove(std::string const& name);
    void rename(std::string const& from, std::string const& to);
    static void sync(file&);
    void sync_names();

    /// What a reader sees while the power is on.
    [[nodiscard]] image now() const;
    /// What the next start finds. How much of the unsynced had reached the disk (nothing,
    /// everything, or between) is drawn first, then the fate of each change.
    [[nodiscard]] image after_cut(std::uint64_t seed) const;

private:
    using names = std::map<std::string, file_ptr>;
    /// Names that change together (both of a rename); nullptr: gone.
    using step = std::vector<std::pair<std::string, file_ptr>>;
    void change_names(step);

    names durable_, now_;
    std::vector<step> pending_;
};
}  // namespace powercut
