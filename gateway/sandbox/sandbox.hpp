/// `liaison sandbox`: a DMP, an MSSanté operator with mailboxes, and a PKI, to play against.
#pragma once
#include <cstdint>
#include <string>

namespace gateway::sandbox {
struct options {
    std::string dir, faults_file;
    std::uint16_t port_base{0};
};
/// Runs until SIGTERM or SIGINT. @return 0. @throws std::exception when it cannot start.
int run(options const&);
}  // namespace gateway::sandbox
