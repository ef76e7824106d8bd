/// Typed settings from one TOML file. Every key has a safe default; an unknown key is an error;
/// secrets come from files. Relative paths are taken from the folder of the file.
#pragma once
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "cda/check.hpp"
#include "gateway/value_sets.hpp"

namespace gateway {
/// What is wrong, where, and how to mend it.
class config_error : public std::runtime_error {
public:
    config_error(std::string key, std::uint32_t line, std::string const& what, std::string remedy);
    std::string key, remedy;
    std::uint32_t line;
};

struct tls_files {
    std::string certificate, key, trust, client_crl;
};
struct smtp_settings {
    std::string address{"127.0.0.1"};
    std::uint16_t smtps_port{465}, submission_port{587};
    tls_files tls;
    std::size_t max_message_bytes{50U << 20}, max_recipients{100}, max_sessions{1000};
};
struct https_settings {
    std::string address{"127.0.0.1"};
    std::uint16_t port{8443};
    tls_files tls;
    std::size_t max_body_bytes{60U << 20}, max_sessions{1000};
};
struct admin_settings {
    std::string address{"127.0.0.1"};  ///< plain HTTP: loopback only, refused otherwise
    std::uint16_t port{9464};
};
/// An authenticated system that hands documents over.
struct emitter_settings {
    std::string name;
    std::vector<std::string> certificate_names;  ///< CN or SAN of its client certificate, exact
    std::string user, password_file;             ///< SMTP AUTH; the file holds a scrypt hash
    std::string token_hash_file;                 ///< bearer tokens, SHA-256 hex, one a line
    std::vector<std::string> senders;            ///< allowed MAIL FROM
    std::string mailbox;                         ///< MSSanté mailbox that its mails leave from
    std::string structure;                       ///< Struct_IdNat
};
struct dmp_settings {
    bool enabled{false};
    std::string address{"dmp@liaison.invalid"};  ///< pseudo-recipient in SMTP
    std::string repository_url, registry_url, certificate, key, trust, seal_certificate, seal_key;
    std::string structure_id, structure_name, sector, source_id;
    std::string lps_id, lps_name{"LIAISON"}, lps_homologation_file, vihf_version{"4.0"};
    bool refuse_restricted{true};  ///< CDA confidentiality R or V (dmp digest 7.4)
    std::string content_type_code{"03"}, content_type_name{"Hospitalisation complète"};
    /// After an outcome that is not known, before the registry is asked (dmp digest 11.2).
    std::chrono::seconds lookup_wait{60};
    std::size_t concurrency{4};
};
struct mssante_settings {
    bool enabled{false};
    std::string host, verify_name, certificate, key, trust;
    std::uint16_t port{465};
    bool implicit_tls{true};
    std::vector<std::string> domains;         ///< the trust space, exact lower-case names
    std::string nil;                          ///< X-MSS-NIL
    bool unqualified_to_professionals{true};  ///< derogation of the référentiel, logged
    std::size_t concurrency{4};
};
enum class store_engine { sqlite, postgresql };
struct store_settings {
    store_engine engine{store_engine::sqlite};
    std::string conninfo;       ///< PostgreSQL, as libpq takes it, without a password
    std::string password_file;  ///< empty: the server knows the gateway otherwise
};
struct retry_settings {
    std::chrono::seconds first{30}, max{3600};
    std::chrono::hours lifetime{48};
    std::chrono::seconds lease{180};
};
/// How long contents stay after every delivery of their submission is final; 0: for ever. What is
/// known of them, and the account, stays in any case.
struct retention_settings {
    std::chrono::days contents{0};
};
/// What must be left, or not be passed, for intake to stay open; readiness ends a little before.
struct limit_settings {
    std::uint64_t disk_reserve_bytes{256U << 20};
    std::uint64_t memory_bytes{0};       ///< resident; 0: four fifths of what there is
    std::chrono::seconds slow_disk{10};  ///< how long a commit may wait for the disk
};
/// First match decides; empty condition: any. Nothing matched: allowed.
struct route_settings {
    std::string emitter, type_code, ins_status, destination;
    bool allow{true};
};
struct config {
    std::string file;
    cda::environment env{cda::environment::production};
    std::string data, host_name{"liaison.invalid"};
    smtp_settings smtp;
    https_settings https;
    admin_settings admin;
    std::vector<emitter_settings> emitters;
    dmp_settings dmp;
    mssante_settings mssante;
    store_settings store;
    retry_settings retry;
    retention_settings retention;
    limit_settings limits;
    std::vector<route_settings> routes;
    std::string master_key_file, seal_key_file;
    loaded_value_sets value_sets;  ///< read with the file, so that a reload reads them again
    std::vector<cda::rule_override> overrides;
    std::chrono::seconds drain{20};
    std::size_t queue_limit{1'000'000};  ///< waiting deliveries beyond which intake answers 452/503

    [[nodiscard]] std::string database() const { return data + "/liaison.sqlite"; }
    [[nodiscard]] emitter_settings const* emitter(std::string_view name) const;
};
/// @throws config_error
[[nodiscard]] config load_config(std::string const& file);
/// 32 bytes written as 64 hex digits. @throws config_error
[[nodiscard]] std::string load_key(std::string const& file, std::string const& setting);
/// The first line of a file, trimmed. @throws config_error
[[nodiscard]] std::string load_line(std::string const& file, std::string const& setting);
}  // namespace gateway
