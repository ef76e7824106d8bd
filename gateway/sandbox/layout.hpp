/// The folder of a sandbox: keys, a gateway configuration that works at once, and sandbox.json.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gateway::sandbox {
struct ports {
    std::uint16_t dmp{0}, smtps{0}, starttls{0};                        ///< of the sandbox
    std::uint16_t gateway_smtps{0}, submission{0}, https{0}, admin{0};  ///< for the gateway
};
struct layout {
    explicit layout(std::string folder);
    std::string dir, pki, keys, mail, dmp, data;
    std::vector<std::string> domains, mailboxes;
    std::string emitter_address;
    static constexpr char const* structure = "1759999014";

    /// PKI and secrets, unless they stand already. @throws std::runtime_error
    void prepare() const;
    void write_gateway_config(ports const&) const;
    void write_announcement(ports const&) const;  ///< sandbox.json, written last
};
/// Consecutive ports from `base`, or free ones when it is 0.
[[nodiscard]] ports choose_ports(std::uint16_t base);
}  // namespace gateway::sandbox
