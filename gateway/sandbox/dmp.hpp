/// A DMP to play against: ITI-41 and ITI-18 GetDocuments over HTTP, with the checks and answers of
/// the real one. Source: dmp digest 2, 4, 10, 11, 12.
#pragma once
#include "connectors/http/server.hpp"
#include "gateway/sandbox/faults.hpp"
#include "gateway/sandbox/registry.hpp"

namespace gateway::sandbox {
struct dmp_settings {
    std::string trust;      ///< PEM of the authorities of seals
    std::string structure;  ///< OU that client certificates carry
};
/// The references outlive the handler. Paths /repository (ITI-41) and /registry (ITI-18).
[[nodiscard]] http::handler dmp_handler(dmp_settings const&, registry&, faults&);
}  // namespace gateway::sandbox
