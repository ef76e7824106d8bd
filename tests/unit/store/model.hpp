/// What a store should do, said in the plainest way: vectors, loops, no transaction. One thread.
#pragma once
#include <set>

#include "gateway/store/store.hpp"

class model {
public:
    struct delivery {
        gateway::new_delivery told;
        std::string submission, reason, holder;
        gateway::delivery_state state{gateway::delivery_state::queued};
        std::map<std::string, std::string> fixed;
        gateway::instant next_at{0}, lease_until{0};
        gateway::instant ended{0};  ///< the last time
        std::int64_t fence{0};
        std::vector<gateway::attempt> attempts;
        std::size_t receipts{0};
    };
    struct owed {
        std::string delivery;
        gateway::instant next_at{0};
        int attempts{0};
        bool done{false};
    };
    gateway::commit_result commit(gateway::submission const&,
                                  std::vector<gateway::event> const& events);
    std::vector<gateway::lease> take(std::string const& holder, gateway::instant at,
                                     std::int64_t lease_ms, std::size_t most,
                                     std::vector<std::string> const& blocked,
                                     std::vector<std::string> const& at_work = {});
    bool renew(gateway::lease&, gateway::instant at, std::int64_t lease_ms);
    bool pin(gateway::lease const&, std::map<std::string, std::string> const& fixed);
    bool settle(gateway::lease const&, gateway::settlement const&);
    bool release(gateway::lease const&);
    std::vector<std::string> expire(gateway::instant at, std::size_t most, bool untried);
    void rebase(gateway::instant at, gateway::instant farthest);
    bool retry(std::string const& delivery, gateway::instant at);
    bool cancel(std::string const& delivery, std::string const& why, gateway::instant at);
    /// In no order that is promised.
    std::set<std::string> purge(gateway::instant ended);
    void record(gateway::event const&);
    std::vector<owed> take_notices(gateway::instant at, std::int64_t lease_ms, std::size_t most);
    void notice_done(std::string const& delivery, bool sent, gateway::instant next);
    /// The process that held every lease is gone.
    void give_leases_back();
    [[nodiscard]] std::map<std::string, std::int64_t> counts() const;
    [[nodiscard]] gateway::instant next_due(gateway::instant at) const;
    [[nodiscard]] std::string state_of(std::string const& submission) const;

    std::vector<gateway::submission> submissions;
    std::vector<delivery> deliveries;  ///< in the order in which they came
    std::vector<owed> notices;
    std::set<std::string> purged;     ///< submissions without contents
    std::vector<std::string> ledger;  ///< "type actor" of each event

private:
    delivery* find(std::string const& id);
    delivery* held(gateway::lease const&);
    void end(delivery&, std::string const& actor, gateway::instant at);
    void owe(delivery const&, gateway::instant at);
};
