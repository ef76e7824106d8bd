#include "gateway/admin/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "certs/identity.hpp"
#include "gateway/machine.hpp"

namespace gateway {
namespace {
using labels = std::vector<prometheus::ClientMetric::Label>;

prometheus::MetricFamily family(char const* name, char const* help, prometheus::MetricType type) {
    prometheus::MetricFamily f;
    f.name = name;
    f.help = help;
    f.type = type;
    return f;
}
void add(prometheus::MetricFamily& f, labels l, double value) {
    prometheus::ClientMetric m;
    m.label = std::move(l);
    if (f.type == prometheus::MetricType::Counter)
        m.counter.value = value;
    else
        m.gauge.value = value;
    f.metric.push_back(std::move(m));
}
double number(std::int64_t n) { return static_cast<double>(n); }

prometheus::MetricFamily certificates(config const& c) {
    auto f = family("liaison_certificate_expiry_timestamp_seconds",
                    "When a certificate that the gateway presents expires.",
                    prometheus::MetricType::Gauge);
    auto one = [&](char const* use, std::string const& certificate, std::string const& key) {
        if (certificate.empty()) return;
        auto until = certs::identity::load_pem(certificate, key).not_after();
        auto seconds = std::chrono::duration_cast<std::chrono::seconds>(until.time_since_epoch());
        add(f, {{"use", use}}, number(seconds.count()));
    };
    one("smtp", c.smtp.tls.certificate, c.smtp.tls.key);
    one("https", c.https.tls.certificate, c.https.tls.key);
    if (c.dmp.enabled) {
        one("dmp", c.dmp.certificate, c.dmp.key);
        one("seal", c.dmp.seal_certificate, c.dmp.seal_key);
    }
    if (c.mssante.enabled) one("mssante", c.mssante.certificate, c.mssante.key);
    return f;
}
}  // namespace

std::string metrics_text(runtime& r) {
    using enum prometheus::MetricType;
    std::vector<prometheus::MetricFamily> all;
    auto build = family("liaison_build_info", "The version that runs.", Gauge);
    add(build, {{"version", LIAISON_VERSION}}, 1);
    all.push_back(std::move(build));

    auto taken = family("liaison_submissions_total", "Submissions by what came of them.", Counter);
    auto const& in = r.intake.counters;
    add(taken, {{"result", "accepted"}}, number(in.accepted));
    add(taken, {{"result", "repeated"}}, number(in.repeated));
    add(taken, {{"result", "refused"}}, number(in.refused));
    add(taken, {{"result", "unavailable"}}, number(in.unavailable));
    all.push_back(std::move(taken));

    auto purged = family("liaison_submissions_purged_total",
                         "Submissions whose contents retention removed.", Counter);
    add(purged, {}, number(r.purging.purged));
    all.push_back(std::move(purged));

    auto sent = family("liaison_delivery_attempts_total", "Attempts by peer and outcome.", Counter);
    for (auto [peer, kind] : {std::pair{"dmp", destination_kind::dmp},
                              std::pair{"mssante", destination_kind::mssante}}) {
        auto const& n = r.outbound.of(kind);
        add(sent, {{"peer", peer}, {"outcome", "delivered"}}, number(n.delivered));
        add(sent, {{"peer", peer}, {"outcome", "deferred"}}, number(n.deferred));
        add(sent, {{"peer", peer}, {"outcome", "failed"}}, number(n.failed));
    }
    all.push_back(std::move(sent));

    auto damaged = family("liaison_damaged_total",
                          "Deliveries that failed since what was stored cannot be read.", Counter);
    for (auto [peer, kind] :
         {std::pair{"dmp", destination_kind::dmp}, std::pair{"mssante", destination_kind::mssante}})
        add(damaged, {{"peer", peer}}, number(r.outbound.of(kind).damaged));
    // Where the row does not even say which peer it was for.
    add(damaged, {{"peer", "unknown"}}, number(r.memory.health().damaged));
    all.push_back(std::move(damaged));

    auto waiting = family("liaison_queue_deliveries", "Deliveries that are not final.", Gauge);
    for (auto const& [state, count] : r.shortages.queue())
        add(waiting, {{"state", state}}, number(count));
    all.push_back(std::move(waiting));

    auto open = family("liaison_breaker_open", "1 while a peer is left in peace.", Gauge);
    auto breakers = r.outbound.open_breakers();
    for (auto const* peer : {"dmp", "mssante"})
        add(open, {{"peer", peer}},
            std::find(breakers.begin(), breakers.end(), peer) != breakers.end() ? 1 : 0);
    all.push_back(std::move(open));

    auto shortages = family("liaison_shortage",
                            "1 while something runs short, 2 while that closes intake.", Gauge);
    auto found = r.shortages.shortages();
    for (auto const* name : {"disk", "descriptors", "memory", "queue", "store", "slow"}) {
        auto at =
            std::find_if(found.begin(), found.end(), [&](auto const& s) { return s.name == name; });
        add(shortages, {{"what", name}}, at == found.end() ? 0 : at->closes_intake ? 2 : 1);
    }
    all.push_back(std::move(shortages));

    auto memory = family("liaison_resident_memory_bytes", "Resident memory.", Gauge);
    add(memory, {}, static_cast<double>(machine::resident_bytes()));
    all.push_back(std::move(memory));
    all.push_back(certificates(*r.settings()));
    return prometheus::TextSerializer().Serialize(all);
}
}  // namespace gateway
