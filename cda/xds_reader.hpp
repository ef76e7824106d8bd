/// XDS metadata as ebRIM back into values: what a repository or a receiver reads. Independent of
/// the writer. Source: IHE ITI TF-3 4.2; ebRIM 3.0.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cda/xds.hpp"

namespace cda {
struct xds_association {
    std::string type, source, target;
};
struct xds_submission {
    std::optional<xds_submission_set> set;
    std::vector<xds_entry> entries;
    std::vector<xds_association> associations;
};
/// @param request  the lcm:SubmitObjectsRequest, any prefix. What is absent is empty; an id that
/// stands twice keeps the first.
[[nodiscard]] xds_submission read_submit_objects(pugi::xml_node request);
}  // namespace cda
