/// The store of a simulated world: the plain model that the real engines are compared with, behind
/// calls that fail before they do anything, or after (an unknown outcome). One connection for each
/// life of a gateway.
#pragma once
#include "climate.hpp"
#include "witness.hpp"

namespace simulation {
struct shared_store {
    shared_store(loop& l, chance& c, flaw f) : in(l), luck(c), wrong(f) {}
    loop& in;
    chance& luck;
    flaw wrong;
    model memory;
    witness* sees{nullptr};
    ms offset{0};  ///< of its clock, against true time
    bool down{false};
    std::int64_t fails_before{0}, fails_after{0};  ///< per thousand
    [[nodiscard]] gateway::instant clock() const { return witness::epoch + in.now() + offset; }
};

class connection final : public gateway::store {
public:
    connection(shared_store& s, life_ptr whose) : shared_(s), whose_(std::move(whose)) {}
    /// This gateway alone does not reach the store.
    bool cut{false};

    gateway::store_health health() override { return {}; }
    void probe() override {}
    gateway::commit_result commit(gateway::submission const&,
                                  std::vector<gateway::event> const&) override;
    gateway::instant time() override;
    void on_work(std::function<void()>) override {}
    std::vector<gateway::lease> take(std::string const& holder, gateway::instant at,
                                     std::int64_t lease_ms, std::size_t most,
                                     std::vector<std::string> const& blocked,
                                     std::vector<std::string> const& at_work) override;
    bool renew(gateway::lease&, gateway::instant at, std::int64_t lease_ms) override;
    bool pin(gateway::lease const&, std::map<std::string, std::string> const& fixed) override;
    bool settle(gateway::lease const&, gateway::settlement const&) override;
    bool release(gateway::lease const&) override;
    std::vector<gateway::expired> expire(gateway::instant at, std::size_t most,
                                         bool untried) override;
    void rebase(gateway::instant at, gateway::instant farthest) override;
    std::vector<std::string> purge(gateway::instant ended, gateway::instant at,
                                   std::size_t most) override;
    std::vector<gateway::stored_document> documents(std::string const& submission) override;
    std::optional<gateway::submission> load(std::string const& submission) override;
    std::optional<gateway::submission_view> view(std::string const&) override;
    std::vector<gateway::delivery_view> list(std::optional<gateway::delivery_state>,
                                             std::size_t) override;
    std::optional<gateway::delivery_view> delivery(std::string const& id) override;
    bool retry(std::string const& delivery, std::string const& actor, gateway::instant at) override;
    bool cancel(std::string const& delivery, std::string const& actor, std::string const& why,
                gateway::instant at) override;
    void record(gateway::event const&, gateway::instant at) override;
    void read_ledger(std::function<void(gateway::ledger_event const&)> const&) override;
    gateway::ledger_report verify_ledger() override;
    std::map<std::string, std::int64_t> counts() override;
    gateway::instant next_due(gateway::instant at) override;
    std::vector<notice> take_notices(gateway::instant at, std::int64_t lease_ms,
                                     std::size_t most) override;
    void notice_done(std::string const& delivery, bool sent, std::string const& detail,
                     gateway::instant at, gateway::instant next_attempt) override;

private:
    /// @throws gateway::store_unavailable, nothing done
    void before(char const* call);
    /// @throws gateway::store_unavailable, although it is done
    void after(char const* call);
    model& memory() { return shared_.memory; }
    witness& sees() { return *shared_.sees; }
    [[noreturn]] static void not_played(char const* call) {
        throw std::logic_error(std::string("not part of the simulation: ") + call);
    }
    shared_store& shared_;
    life_ptr whose_;
};
}  // namespace simulation
