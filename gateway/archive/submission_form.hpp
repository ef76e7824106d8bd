/// One submission with all that is kept of it, and its JSON form.
#pragma once
#include <boost/json/fwd.hpp>
#include <set>

#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"
#include "gateway/store/transfer.hpp"
#include "gateway/store/vault.hpp"

namespace gateway::archive {
struct kept_notice {
    instant next_at{0};
    std::int64_t attempts{0};
    bool done{false};
};
struct kept_delivery {
    delivery_view about;  ///< with attempts and receipts
    std::int64_t sequence{0}, fence{0}, attempts{0};
    std::string order_key;
    std::map<std::string, std::string> fixed;
    std::optional<kept_notice> notice;
};
struct kept_submission {
    submission about;  ///< documents without bytes; no deliveries
    instant ended_at{0};
    std::set<std::size_t> damaged;  ///< documents whose content cannot be read any more
    std::vector<kept_delivery> deliveries;
};
struct counts {
    std::int64_t submissions{0}, documents{0}, contents{0}, damaged{0}, deliveries{0}, attempts{0},
        receipts{0}, notices{0}, events{0};
    friend bool operator==(counts const&, counts const&) = default;
    void add(kept_submission const&);
};
[[nodiscard]] boost::json::object to_json(counts const&);
[[nodiscard]] counts counts_from(boost::json::value const&);

/// @throws std::runtime_error when it is not there
[[nodiscard]] kept_submission read_submission(sql::connection&, std::string const& id);
/// Valid UTF-8, and what submission_from() reads.
[[nodiscard]] std::string text_of(kept_submission const&);
/// @throws std::exception when the text is no submission
[[nodiscard]] kept_submission submission_from(std::string const& text);

/// Puts submissions into an empty store.
class submission_writer {
public:
    explicit submission_writer(filling& to) : to_(to) {}
    /// @param sealed  a document's content, sealed; asked for those that have one
    void add(kept_submission const&,
             std::function<std::string(std::size_t document)> const& sealed);

private:
    void add(std::string const& submission, kept_delivery const&);
    filling& to_;
    std::int64_t attempts_{0}, receipts_{0};
};
}  // namespace gateway::archive
