/// Submission -> verdict -> deliveries -> commit -> answer. Blocking: called on the cpu pool;
/// returns a positive answer only after the commit is on disk (invariant 1).
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "gateway/config.hpp"
#include "gateway/intake/decode.hpp"
#include "gateway/store/store.hpp"

namespace gateway {
/// What one emitter handed over in one go, decoded.
struct handover {
    std::string channel;                 ///< "smtp" | "https"
    std::vector<std::string> documents;  ///< bytes as received
    std::vector<said_entry> said;        ///< metadata that came with them
    directives asked;
    std::string idempotency_key;  ///< empty: derived from uniqueIds and hashes
    std::string return_path, envid, original_message_id;
};
struct answer {
    enum class kind {
        accepted,
        repeated,
        refused,
        conflict,
        unavailable,
        checked
    } what{kind::refused};
    std::string id;
    cda::findings found;
    std::string_view shortage{};  ///< why it is unavailable, when intake is closed
};
/// Counters for /metrics; the figures that are paid for come from the ledger, not from here.
struct intake_counters {
    std::atomic<std::int64_t> accepted{0}, repeated{0}, refused{0}, unavailable{0};
};
class pipeline {
public:
    /// @param closed  names what closes intake; empty: it is open
    pipeline(store& s, std::function<std::string_view()> closed)
        : store_(s), closed_(std::move(closed)) {}
    /// @param keep false: verdict and plan only (dry run), nothing is stored.
    enum class mode { commit, dry_run };
    [[nodiscard]] answer accept(std::shared_ptr<config const> const&, emitter_settings const&,
                                handover, mode);
    /// For submissions that did not even decode: same account, same answer.
    /// @param also  further events of the same refusal
    [[nodiscard]] answer refuse(std::string const& emitter, std::string const& channel,
                                cda::findings, std::vector<event> also = {});
    intake_counters counters;

private:
    store& store_;
    std::function<std::string_view()> closed_;
};
}  // namespace gateway
