/// Is this submission one that the DMP would take? Source: dmp digest 5, 9.4 and 12.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cda/xds_reader.hpp"
#include "gateway/sandbox/registry.hpp"
#include "gateway/sandbox/vihf_check.hpp"

namespace gateway::sandbox {
struct lot_part {
    std::string id;  ///< xdsb:Document/@id
    std::string_view bytes;
};
struct registry_refusal {
    std::string code, context;
};
/// @param known  locked by the caller
[[nodiscard]] std::optional<registry_refusal> check_lot(cda::xds_submission const&,
                                                        std::vector<lot_part> const&,
                                                        vihf_report const&, registry const& known,
                                                        std::string const& trust);
[[nodiscard]] bool is_signature(cda::xds_entry const&);
}  // namespace gateway::sandbox
