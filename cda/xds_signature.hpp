/// The DocumentEntry of a lot signature (IHE DSG as the DMP wants it). Source: dmp digest 9.2.
#pragma once
#include "cda/xds.hpp"

namespace cda {
struct signature_facts {
    std::string unique_id, time, sha1_hex;  ///< time: UTC DTM
    std::size_t size;
};
/// @param about  an entry of the lot: facility and practice setting are taken from it.
[[nodiscard]] xds_entry signature_entry(xds_submission_set const&, xds_entry const& about,
                                        signature_facts const&);
}  // namespace cda
