/// A PKI to play against, shaped like IGC-Santé: root, intermediate, server, client, seal; one
/// expired, one revoked.
#pragma once
#include <string>

namespace certs {
struct sandbox_pki_options {
    std::string structure_id{
        "1759999014"};  ///< Struct_IdNat in the OU of client and seal certificates
    std::string structure_name{"CH FICTIF"};
};
/// Writes into `dir` (created 0700): ca.crt (root + intermediate), root.{crt,key},
/// intermediate.{crt,key},
/// {server,operator,dmp,gateway-client,seal,emitter,expired,revoked}.{crt,key}, crl.pem. Leaf .crt
/// files hold leaf + intermediate; server certificates carry SAN DNS:localhost, IP:127.0.0.1. Keys
/// 0600. @throws std::runtime_error
void make_sandbox_pki(std::string const& dir, sandbox_pki_options const& = {});
}  // namespace certs
