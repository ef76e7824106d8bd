/// IHE_XDM.ZIP: made and read in memory, with limits against zip bombs. Source: IHE ITI TF-2 3.32;
/// MSSanté #2.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cda/xds.hpp"

namespace mssante {
struct sender_facts {
    std::string organization, address, phone, application{"Liaison"}, version, publisher;
};
struct xdm_file {
    std::string name;  ///< "DOC00001.XML"
    std::string bytes;
};
/// Reproducible: fixed timestamps and order (README.TXT, INDEX.HTM, IHE_XDM/SUBSET01/METADATA.XML,
/// documents).
[[nodiscard]] std::string make_xdm(sender_facts const&, cda::xds_submission_set const&,
                                   std::vector<cda::xds_entry> const&,
                                   std::vector<xdm_file> const& documents);
struct xdm_limits {
    std::size_t entries{200}, total_bytes{100U << 20}, ratio{200};
};
struct xdm_content {
    std::vector<xdm_file> documents;      ///< files that METADATA.XML names, in its order
    std::vector<cda::xds_entry> entries;  ///< what it says of each, same order
    std::string metadata;
};
/// Findings XDM-xx: bad zip, unsafe names, too much, encrypted, hash or size that differ,
/// METADATA.XML missing.
[[nodiscard]] std::variant<xdm_content, cda::findings> read_xdm(std::string_view zip,
                                                                xdm_limits const& = {});
}  // namespace mssante
