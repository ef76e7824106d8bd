/// What the gateway remembers: submissions, documents, deliveries, attempts, receipts, ledger
/// events. Times are UTC milliseconds since the epoch, given by the caller's clock.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cda/check.hpp"

namespace gateway {
using instant = std::int64_t;  ///< ms since 1970, UTC

enum class operation { create, replace, remove };
struct visibility {
    bool masked_to_professionals{false}, hidden_from_patient{false},
        hidden_from_representatives{false};
};
/// What the emitter asks (design §5). Every key optional.
struct directives {
    operation op{operation::create};
    bool dmp{false};
    std::vector<std::string> recipients;
    bool patient{false};
    visibility seen_by;
    bool delivery_receipt{true}, reading_receipt{false};
    std::string body_professional, body_patient;
    bool patient_may_reply{true};
};
enum class destination_kind { dmp, mssante, patient, his };
enum class delivery_state { queued, leased, deferred, delivered, failed, cancelled };

struct stored_document {
    std::string unique_id, set_id, version, type_code, title;
    std::string sha256;      ///< hex of the received bytes
    std::string bytes;       ///< clear; the store seals them at rest
    std::string ins_status;  ///< "qualified" | "absent"
    std::size_t size{0};
};
struct new_delivery {
    std::string id;  ///< uuid
    destination_kind kind{destination_kind::mssante};
    std::string address;    ///< mailbox; empty for the DMP
    std::string order_key;  ///< document set + destination: deliveries of one key go one at a time,
                            ///< in order
    instant expires_at{0};
    std::map<std::string, std::string>
        fixed;  ///< ids that every attempt repeats: messageId, lotId, signatureId, ...
};
struct event {
    std::string type;  ///< "submission.accepted", "delivery.delivered", ... (design §7)
    std::string actor;
    std::map<std::string, std::string> fields;  ///< ids and codes only, never patient data
};
struct submission {
    std::string id;  ///< uuid
    std::string emitter;
    instant received_at{0};
    std::string channel;          ///< "smtp" | "https"
    std::string idempotency_key;  ///< emitter-given, or derived from uniqueIds and hashes
    std::string request_digest;  ///< SHA-256 over documents and directives: same key + other digest
                                 ///< = conflict
    std::string return_path;     ///< SMTP MAIL FROM, for the DSN
    std::string envid, original_message_id;
    directives asked;
    std::string sender_mailbox;
    std::vector<stored_document> documents;
    std::vector<new_delivery> deliveries;
    cda::findings found;   ///< warnings kept with it
    bool damaged{false};   ///< directives, mailbox and findings could not be read back
    instant purged_at{0};  ///< when its contents were removed; 0: they are there
};
struct attempt {
    instant at{0};
    std::string outcome, peer;  ///< "delivered" | "deferred" | "failed"; the peer's words
};
struct receipt {
    std::string kind;  ///< "dmp.response", "smtp.reply", "dsn", "mdn"
    instant at{0};
    std::string detail;
};
struct delivery_view {
    std::string id, submission, address, reason;
    destination_kind kind{};
    delivery_state state{};
    instant next_attempt_at{0}, expires_at{0};
    std::vector<attempt> attempts;
    std::vector<receipt> receipts;
};
struct submission_view {
    std::string id, state, emitter, channel;  ///< state: accepted | done | failed
    instant received_at{0}, purged_at{0};     ///< purged: its contents are there no more
    std::vector<stored_document> documents;   ///< without bytes
    std::vector<delivery_view> deliveries;
    cda::findings found;
};
/// A delivery that a worker holds until `until`; `fence` guards every later write.
struct lease {
    std::string delivery, submission, holder;
    std::int64_t fence{0};
    instant until{0};
    destination_kind kind{};
    std::string address;
    std::map<std::string, std::string> fixed;
    int attempts{0};
    instant expires_at{0};
};
/// How an attempt ended, as the store writes it in one transaction with its ledger events.
struct settlement {
    delivery_state to{delivery_state::deferred};  ///< delivered | failed | deferred | cancelled
    instant at{0}, next_attempt_at{0};
    std::string peer;    ///< the peer's words
    std::string reason;  ///< for failed
    std::vector<receipt> receipts;
    std::map<std::string, std::string> fixed;  ///< replaces the lease's `fixed` when not empty
    std::vector<event> events;
};
[[nodiscard]] std::string_view name_of(destination_kind);
[[nodiscard]] std::string_view name_of(delivery_state);
[[nodiscard]] std::string_view name_of(operation);
/// Nothing more happens to it by itself.
[[nodiscard]] bool final_state(delivery_state);
}  // namespace gateway
