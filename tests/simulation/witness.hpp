/// Sees everything that happens in a simulated world and says the first promise that is broken. It
/// keeps its own books: what it knows comes from the calls and messages it is told of, and the
/// plain model is only asked for the state in which a delivery is now.
#pragma once
#include <array>
#include <map>
#include <set>
#include <sstream>

#include "loop.hpp"
#include "tests/unit/store/model.hpp"

namespace simulation {
/// A message on its way to a peer.
struct letter {
    enum class kind { post, look_up, mail, notice } what{};
    gateway::lease held;    ///< notice: only the delivery
    std::string id;         ///< unique id, or Message-ID
    std::string lot;        ///< post
    bool looked_up{false};  ///< post: this attempt asked the registry before
    life_ptr from;
    ms left{0};
};

class witness {
public:
    /// True time 0 as a clock that is right shows it.
    static constexpr gateway::instant epoch = 1'764'072'000'000;
    /// @param offset  by how much the store's clock is wrong
    witness(loop& l, model const& m, ms const& offset) : loop_(l), model_(m), offset_(offset) {}

    /// The first broken promise; empty: none.
    [[nodiscard]] std::string const& broken() const { return broken_; }
    void blame(std::string what);
    /// Keeps every line from now on, for a replay.
    void write_down() { keeps_ = true; }
    template <typename... Words>
    void say(int node, Words const&... words) {
        if (!keeps_) return;
        line_start(node);
        ((lines_ << words), ...);
        lines_ << '\n';
    }
    [[nodiscard]] std::string account() const { return lines_.str(); }

    // The store
    void committed(gateway::submission const&, ms lifetime);
    void given(gateway::lease const&, life const&);
    void settled(gateway::lease const&, bool took_effect);
    void outcome_known(gateway::lease const&, life const&, std::size_t lane, bool trouble);
    /// Is to wait for so long before the next attempt, which may be from `least` to `most`.
    void deferred(gateway::lease const&, ms wait, ms least, ms most);
    void released(gateway::lease const&);
    void expired(std::string const& delivery, life const& by);
    void retried(std::string const& delivery);
    /// After any call: what is final stays so, the account only grows.
    void looked_at_store();
    void clock_set(ms by);
    void clock_looked_at(life&) const;

    // The gateways
    void job_begins(gateway::lease const&, life const&, std::size_t lane);
    enum class ending { complete, stopped };
    void job_ends(gateway::lease const&, life const&, ending);
    /// Each turn of the taker. @param asked  for so many deliveries
    void lane_turn(life const&, std::size_t lane, std::size_t asked, std::size_t busy);
    void reborn(life const&);

    // The network
    /// @param checked  when the sender last made sure of its lease
    void leaves(letter const&, ms checked);
    void arrives(letter const&, bool known_already);
    void accepted(letter const&);
    void notice_given(std::string const& delivery);
    void notice_told(std::string const& delivery);

    /// The world is calm and all should be over.
    void closing();
    /// Something is not final, or a notice is still owed.
    [[nodiscard]] bool waits() const;

    struct {
        std::int64_t deliveries{0}, attempts{0}, mails{0}, entries{0}, resent{0}, lost_leases{0},
            expired{0}, notices{0};
    } counts;

private:
    struct story {
        std::string order_key, message_id, lot;
        std::size_t place{0};  ///< in the order of the commits
        std::int64_t fence{0};
        ms due{0};  ///< true end of its life time
        ms accepted{-1}, given{0};
        bool retried{false}, failed_once{false};
        std::optional<ms> telling;  ///< since when somebody has the notice of it
        gateway::delivery_state last{gateway::delivery_state::queued};
    };
    struct work {
        std::string delivery;
        int node;
        ms began;  ///< of the life
        gateway::lease held;
    };
    void line_start(int node);
    story& of(std::string const& delivery);
    [[nodiscard]] model::delivery const& stands(std::string const& delivery) const;
    [[nodiscard]] gateway::instant store_time() const { return epoch + loop_.now() + offset_; }
    [[nodiscard]] bool valid(gateway::lease const&) const;
    /// Whether its sender could not know better: it stood still, or a clock was set.
    [[nodiscard]] bool disturbed_since(letter const&, ms) const;

    loop& loop_;
    model const& model_;
    ms const& offset_;
    std::map<std::string, story> stories_;
    std::map<std::string, std::vector<std::string>> keys_;  ///< order key -> deliveries
    std::vector<work> under_way_;
    struct lane_story {
        int troubles{0};  ///< in a row
        ms allowed{0};    ///< when something was asked for, or under way, for the last time
        ms last_heard{0};
    };
    std::map<std::pair<int, std::size_t>, lane_story> lanes_;           ///< node, lane
    std::set<std::pair<std::string, std::int64_t>> known_, accounted_;  ///< delivery, fence
    std::vector<ms> steps_;  ///< when the store's clock was set
    ms unnoticed_{0};        ///< by how much it was set forward in steps too small to notice
    std::size_t ledger_{0};
    bool keeps_{false};
    std::ostringstream lines_;
    std::string broken_;
};
}  // namespace simulation
