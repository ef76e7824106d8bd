/// An MSSanté operator to play against: SMTP submission from known clients, one Maildir per
/// address.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "connectors/net/listener.hpp"
#include "gateway/sandbox/faults.hpp"

namespace gateway::sandbox {
struct operator_settings {
    std::string mail_dir;
    std::vector<std::string> domains;  ///< the trust space
};
/// A session for the listener; the references outlive it.
[[nodiscard]] net::session operator_session(operator_settings const&, faults&, bool starttls);
/// tmp/, new/ and cur/ of one address. @return the folder
std::string make_maildir(std::string const& mail_dir, std::string const& address);
}  // namespace gateway::sandbox
