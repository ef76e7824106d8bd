/// What the played DMP remembers: entries by uniqueId, lots, and each deposit as files for people
/// to look at.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cda/xds_reader.hpp"

namespace gateway::sandbox {
struct known_entry {
    std::string entry_uuid, patient_id, unique_id;
    bool approved{true};
};
/// One deposit that passed every check.
struct accepted_deposit {
    cda::xds_submission meta;
    std::vector<std::string_view> documents;  ///< in the order of the entries, signature excluded
    std::string_view signature;
    std::string_view request_body;
    std::string request_headers;
    std::map<std::string, std::string> vihf;
};
class registry {
public:
    explicit registry(std::string dir);
    [[nodiscard]] std::optional<known_entry> by_unique_id(std::string const&) const;
    [[nodiscard]] std::optional<known_entry> by_uuid(std::string const&) const;
    [[nodiscard]] bool knows_lot(std::string const& unique_id) const;
    /// false: the assertion was seen before.
    [[nodiscard]] bool first_use(std::string const& assertion_id);
    /// Writes DIR/dmp/<n>/ and takes the entries in; replaced ones become deprecated.
    void take(accepted_deposit const&);
    std::mutex guard;  ///< held by the caller around look-up and take

private:
    std::string dir_;
    std::size_t last_{0};
    std::map<std::string, known_entry> entries_;  ///< by uniqueId
    std::set<std::string> lots_, assertions_;
};
}  // namespace gateway::sandbox
