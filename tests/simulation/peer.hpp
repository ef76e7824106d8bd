/// The DMP, or the MSSanté operator, of a simulated world: takes letters and answers late, not at
/// all, with refusals; is down for a while. What it took stays taken.
#pragma once
#include <set>

#include "climate.hpp"
#include "witness.hpp"

namespace simulation {
enum class answer { none, taken, later, never, duplicate, absent };

class peer {
public:
    peer(loop& l, chance& c, climate const& weather, witness& w)
        : in_(l), luck_(c), weather_(weather), sees_(w) {}
    bool up{true};
    /// Sends a letter on its way. `to` is rung when an answer comes back, if one does.
    struct waiting {
        bell back;
        answer said{answer::none};
    };
    void send(letter, std::shared_ptr<waiting> to, life_ptr world);
    [[nodiscard]] bool has(std::string const& id) const { return has_.contains(id); }

private:
    answer receive(letter const&);
    ms way();
    loop& in_;
    chance& luck_;
    climate const& weather_;
    witness& sees_;
    std::set<std::string> has_;  ///< unique ids, Message-IDs
};
}  // namespace simulation
