/// What a full store costs: fills a SQLite store with deliveries and ledger events, then times what
/// people and the daemon do with it, beside the same on an empty one.
/// Usage: flat_bench FOLDER DELIVERIES EVENTS
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "certs/digest.hpp"
#include "gateway/store/engine.hpp"

namespace {
using clock_type = std::chrono::steady_clock;
double ms_since(clock_type::time_point from) {
    return std::chrono::duration<double, std::milli>(clock_type::now() - from).count();
}
/// @return the median and the 95th percentile of n runs, in milliseconds.
template <class F>
std::pair<double, double> times(int n, F const& f) {
    std::vector<double> all;
    for (int i = 0; i < n; ++i) {
        auto from = clock_type::now();
        f(i);
        all.push_back(ms_since(from));
    }
    std::sort(all.begin(), all.end());
    return {all[all.size() / 2], all[all.size() * 95 / 100]};
}
std::unique_ptr<gateway::store> open(std::string const& path) {
    return gateway::open_store(gateway::sqlite_engine(path),
                               {std::string(32, 'k'), std::string(32, 's')});
}
gateway::submission make(std::string const& name, std::size_t bytes, int deliveries) {
    gateway::submission s;
    s.id = certs::uuid();
    s.emitter = "bench";
    s.channel = "https";
    s.received_at = 1'700'000'000'000;
    s.idempotency_key = name;
    s.request_digest = name;
    gateway::stored_document d;
    d.unique_id = "1.2.250.1.999." + name;
    d.set_id = d.unique_id;
    d.type_code = "11490-0";
    d.bytes = std::string(bytes, 'x');
    d.size = bytes;
    d.sha256 = certs::sha256_hex(d.bytes);
    s.documents.push_back(std::move(d));
    for (int i = 0; i < deliveries; ++i) {
        gateway::new_delivery one;
        one.id = certs::uuid();
        one.kind = i % 2 == 0 ? gateway::destination_kind::dmp : gateway::destination_kind::mssante;
        one.address = i % 2 == 0 ? "" : "dr.exemple@cabinet.mssante.example";
        one.order_key = name + std::to_string(i);
        one.expires_at = s.received_at + 1'000'000'000;
        s.deliveries.push_back(std::move(one));
    }
    return s;
}

void fill(gateway::store& st, long deliveries, long events) {
    constexpr long each = 20, threads = 8;
    auto submissions = deliveries / each;
    auto events_each = events / std::max(1L, submissions);
    std::vector<std::thread> all;
    for (long t = 0; t < threads; ++t)
        all.emplace_back([&, t] {
            std::vector<gateway::event> said;
            for (long k = 0; k < events_each; ++k)
                said.push_back({"delivery.delivered",
                                "gateway",
                                {{"delivery", certs::uuid()},
                                 {"typeCode", "11490-0"},
                                 {"uniqueId", "1.2.250.1.999.2.8.1001"},
                                 {"kind", "dmp"}}});
            for (long n = t; n < submissions; n += threads)
                st.commit(make("f" + std::to_string(n), 200, each), said);
        });
    for (auto& one : all) one.join();
}

void measure(gateway::store& st, char const* what) {
    auto report = [&](char const* name, std::pair<double, double> t) {
        std::printf("%-6s %-22s p50 %9.2f ms   p95 %9.2f ms\n", what, name, t.first, t.second);
        std::fflush(stdout);
    };
    auto tag = std::string(what);
    report("commit 100 KB", times(200, [&](int i) {
               (void)st.commit(make(tag + std::to_string(i), 100'000, 2),
                               {{"submission.accepted", "bench", {}}});
           }));
    report("take 4",
           times(50, [&](int) { (void)st.take("bench", 1'700'000'100'000, 1000, 4, {"dmp"}); }));
    report("take, all blocked", times(20, [&](int) {
               (void)st.take("bench", 1'700'000'100'000, 1000, 4, {"dmp", "mssante"});
           }));
    report("list 100", times(50, [&](int) { (void)st.list({}, 100); }));
    for (auto state : {gateway::delivery_state::queued, gateway::delivery_state::failed})
        report(state == gateway::delivery_state::queued ? "list 100 queued" : "list 100 failed",
               times(50, [&](int) { (void)st.list(state, 100); }));
    report("counts", times(20, [&](int) { (void)st.counts(); }));
    report("expire", times(20, [&](int) { (void)st.expire(1'700'000'100'000, 100, true); }));
    report("rebase", times(20, [&](int) { st.rebase(1'700'000'100'000, 1'700'000'200'000); }));
}
long resident_mb() {
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss / 1024;
}
}  // namespace

int main(int count, char** words) {
    if (count != 4) {
        std::fprintf(stderr, "usage: flat_bench FOLDER DELIVERIES EVENTS\n");
        return 2;
    }
    std::filesystem::path folder = words[1];
    std::filesystem::create_directories(folder);
    auto empty = (folder / "empty.sqlite").string(), full = (folder / "full.sqlite").string();
    measure(*open(empty), "empty");
    if (!std::filesystem::exists(full)) {
        auto from = clock_type::now();
        fill(*open(full), std::atol(words[2]), std::atol(words[3]));
        std::printf("filled in %.0f s\n", ms_since(from) / 1000);
    }
    auto from = clock_type::now();
    auto st = open(full);
    std::printf("full   opened in %.0f ms\n", ms_since(from));
    measure(*st, "full");
    std::printf("resident %ld MB\n", resident_mb());
}
