/// Is this VIHF one that the DMP would take? Source: dmp digest 3 and 12.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "gateway/model.hpp"

namespace gateway::sandbox {
struct vihf_report {
    std::string fault;  ///< why not; empty: sound
    std::string id, signer_ou;
    std::map<std::string, std::string> attributes;  ///< by Attribute/@Name; roles as "code@system"
};
/// @param envelope  the SOAP envelope as received
/// @param trust  PEM of the authorities of seals
[[nodiscard]] vihf_report check_vihf(std::string_view envelope, std::string const& trust,
                                     instant now);
}  // namespace gateway::sandbox
