/// What this process uses of its machine, and what there is. Source: proc(5), cgroups(7).
#pragma once
#include <cstdint>
#include <string>

namespace gateway::machine {
/// Bytes that a process without privileges may still write in the folder's file system.
/// @return the greatest number when the system does not say.
[[nodiscard]] std::uint64_t free_disk(std::string const& folder);
/// Descriptors in use, and how many there may be.
[[nodiscard]] std::uint64_t open_descriptors();
[[nodiscard]] std::uint64_t most_descriptors();
/// As many descriptors as the system lets an unprivileged process have.
void raise_descriptor_limit();
[[nodiscard]] std::uint64_t resident_bytes();
/// The memory of the machine, of the control group or of the process limit, whichever is least.
[[nodiscard]] std::uint64_t memory_bytes();
/// Gives freed memory back to the system, so that resident_bytes() is what is really used.
void release_memory();
}  // namespace gateway::machine
