#include "gateway/runtime.hpp"

#include <algorithm>
#include <fstream>

#include "certs/digest.hpp"
#include "certs/tls_profile.hpp"

namespace gateway {
namespace {
certs::tls_settings of(tls_files const& f, certs::client_certificate peers) {
    certs::tls_settings s;
    s.certificate = f.certificate;
    s.key = f.key;
    s.trust = f.trust;
    s.crl = f.client_crl;
    s.peers = peers;
    return s;
}
}  // namespace

std::shared_ptr<snapshot const> load_snapshot(std::string const& file) {
    auto s = std::make_shared<snapshot>();
    s->settings = load_config(file);
    auto const& c = s->settings;
    bool passwords = false, tokens = false;
    for (auto const& e : c.emitters) {
        if (!e.user.empty()) {
            s->passwords[e.name] =
                load_line(e.password_file, "emitter." + e.name + ".password_file");
            passwords = true;
        }
        if (!e.token_hash_file.empty()) {
            std::ifstream in(e.token_hash_file);
            for (std::string line; std::getline(in, line);)
                if (!line.empty()) s->tokens[e.name].insert(line);
            tokens = true;
        }
    }
    // A certificate may be left out only where another proof of identity is configured.
    using enum certs::client_certificate;
    s->smtp_tls = certs::server_context(of(c.smtp.tls, passwords ? optional : required));
    s->https_tls = certs::server_context(of(c.https.tls, tokens ? optional : required));
    if (c.dmp.enabled) {
        (void)certs::identity::load_pem(c.dmp.seal_certificate, c.dmp.seal_key);
        (void)certs::client_context({c.dmp.certificate, c.dmp.key, c.dmp.trust, "", none});
    }
    if (c.mssante.enabled)
        (void)certs::client_context(
            {c.mssante.certificate, c.mssante.key, c.mssante.trust, "", none});
    return s;
}

runtime::runtime(std::shared_ptr<snapshot const> s, store& m)
    : memory(m),
      shortages(m, [this] { return settings(); }),
      intake(m, [this] { return shortages.closed(); }),
      outbound(m, [this] { return settings(); }),
      purging(m, [this] { return settings(); }),
      current_(std::move(s)) {
    memory.on_work([this] { outbound.wake(); });
}
runtime::~runtime() { memory.on_work({}); }

std::shared_ptr<snapshot const> runtime::now_in_force() const {
    std::lock_guard lock(guard_);
    return current_;
}
std::shared_ptr<config const> runtime::settings() const {
    auto s = now_in_force();
    return {s, &s->settings};
}
void runtime::replace(std::shared_ptr<snapshot const> s) {
    std::lock_guard lock(guard_);
    current_ = std::move(s);
}

emitter_settings const* runtime::by_certificate(snapshot const& s, net::peer const& peer) {
    for (auto const& e : s.settings.emitters)
        for (auto const& name : e.certificate_names)
            if (name == peer.subject ||
                std::find(peer.names.begin(), peer.names.end(), name) != peer.names.end())
                return &e;
    return nullptr;
}
emitter_settings const* runtime::by_password(snapshot const& s, std::string const& user,
                                             std::string const& password) {
    for (auto const& e : s.settings.emitters) {
        if (e.user.empty() || e.user != user) continue;
        return certs::password_matches(password, s.passwords.at(e.name)) ? &e : nullptr;
    }
    return nullptr;
}
emitter_settings const* runtime::by_token(snapshot const& s, std::string const& token) {
    auto hash = certs::sha256_hex(token);
    for (auto const& [name, hashes] : s.tokens)
        if (hashes.contains(hash)) return s.settings.emitter(name);
    return nullptr;
}
}  // namespace gateway
