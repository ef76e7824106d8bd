/// A value without sockets, so that pure protocol readers need none.
#pragma once
#include <string>
#include <vector>

namespace net {
/// Who is at the other end, known after the TLS handshake.
struct peer {
    std::string address;  ///< textual IP
    std::string subject;  ///< RFC 2253 of a verified client certificate; empty without one
    std::vector<std::string> names;  ///< CN, SAN DNS and e-mail of it
    bool tls{false};
    std::string tls_version;
};
}  // namespace net
