/// Replies and envelopes as values. Source: RFC 5321 §4.2, §2.3.1; RFC 3461.
#pragma once
#include <string>
#include <vector>

namespace smtp {
struct reply {
    int code{250};
    std::string enhanced;            ///< "2.0.0"; empty: none
    std::vector<std::string> lines;  ///< at least one
};
struct recipient {
    std::string address;        ///< without <>; "" never
    std::string notify, orcpt;  ///< DSN parameters as given
};
struct envelope {
    std::string from;  ///< without <>; "" for the null sender
    std::string ret, envid;
    bool smtputf8{false};
    std::vector<recipient> to;
};
}  // namespace smtp
