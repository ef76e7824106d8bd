#include "peer.hpp"

namespace simulation {
namespace {
char const* words(answer a) {
    constexpr char const* all[] = {"no answer", "taken", "later", "never", "duplicate", "absent"};
    return all[static_cast<int>(a)];
}
char const* words(letter::kind k) {
    constexpr char const* all[] = {"post ", "look up ", "mail ", "notice of "};
    return all[static_cast<int>(k)];
}
}  // namespace

ms peer::way() {
    return luck_.happens(weather_.slow_peer) ? luck_.between(500, 6000) : luck_.between(1, 60);
}

void peer::send(letter l, std::shared_ptr<waiting> to, life_ptr world) {
    auto arrive = [this, l, to, world] {
        // The end of a process breaks its connections: most of what is on its way is lost.
        bool lost = !up || (l.from->over && luck_.one_in(2));
        if (lost) return;
        auto said = receive(l);
        sees_.say(l.from->node, words(l.what), l.held.delivery, " ", l.id, " -> ", words(said));
        if (luck_.happens(weather_.unanswered)) return;
        in_.after(way(), world, [this, to, said] {
            if (!up) return;
            to->said = said;
            to->back.ring();
        });
    };
    in_.after(way(), world, arrive);
}

answer peer::receive(letter const& l) {
    if (l.what == letter::kind::look_up) {
        if (luck_.happens(weather_.transient)) return answer::later;
        return has(l.id) ? answer::taken : answer::absent;
    }
    if (l.what != letter::kind::notice) sees_.arrives(l, has(l.id));
    if (l.what == letter::kind::post && has(l.id)) return answer::duplicate;
    if (luck_.happens(weather_.transient)) return answer::later;
    if (luck_.happens(weather_.permanent)) return answer::never;
    has_.insert(l.id);
    if (l.what != letter::kind::notice) sees_.accepted(l);
    return answer::taken;
}
}  // namespace simulation
