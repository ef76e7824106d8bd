#include "gateway/cli/certs.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <iostream>

#include "certs/identity.hpp"
#include "gateway/clock.hpp"
#include "gateway/config.hpp"

namespace gateway::cli {
namespace json = boost::json;
namespace {
struct item {
    char const* use;
    std::string certificate, key;
};
std::vector<item> presented(config const& c) {
    std::vector<item> out{{"smtp", c.smtp.tls.certificate, c.smtp.tls.key},
                          {"https", c.https.tls.certificate, c.https.tls.key}};
    if (c.dmp.enabled) {
        out.push_back({"dmp", c.dmp.certificate, c.dmp.key});
        out.push_back({"seal", c.dmp.seal_certificate, c.dmp.seal_key});
    }
    if (c.mssante.enabled) out.push_back({"mssante", c.mssante.certificate, c.mssante.key});
    return out;
}
}  // namespace

int run_certs(std::string const& file, int warn_days, output form) {
    using namespace std::chrono;
    bool bad = false;
    for (auto const& i : presented(load_config(file))) {
        auto loaded = certs::identity::load_pem(i.certificate, i.key);
        auto until = duration_cast<milliseconds>(loaded.not_after().time_since_epoch()).count();
        auto days_left = (until - now()) / 86'400'000;
        bool soon = warn_days >= 0 && days_left < warn_days;
        bad = bad || soon;
        if (form == output::json)
            std::cout << json::serialize(json::object{{"use", i.use},
                                                      {"file", i.certificate},
                                                      {"subject", loaded.subject()},
                                                      {"notAfter", iso8601(until)},
                                                      {"daysLeft", days_left},
                                                      {"ok", !soon}})
                      << '\n';
        else
            std::cout << i.use << "  " << iso8601(until) << "  " << days_left << " days"
                      << (soon ? "  RENEW" : "") << "  " << loaded.subject() << "  "
                      << i.certificate << '\n';
    }
    return bad ? 1 : 0;
}
}  // namespace gateway::cli
