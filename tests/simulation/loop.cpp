#include "loop.hpp"

#include <algorithm>

namespace simulation {
void loop::put(event e) {
    heap_.push_back(std::move(e));
    std::push_heap(heap_.begin(), heap_.end());
}

void loop::after(ms wait, life_ptr whose, std::function<void()> what) {
    put({now_ + wait, static_cast<std::uint64_t>(chance_.between(0, 1 << 30)), std::move(whose),
         std::move(what)});
}

bool loop::step() {
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end());
    auto e = std::move(heap_.back());
    heap_.pop_back();
    now_ = e.at;
    if (e.whose->over) return true;
    if (e.whose->frozen_until > now_) {
        e.at = e.whose->frozen_until;
        put(std::move(e));
        return true;
    }
    e.what();
    return true;
}

void bell::ring() {
    auto& s = *state_;
    s.rung = true;
    if (!s.waiter) return;
    s.in->after(0, s.whose, [h = std::exchange(s.waiter, {})] { h.resume(); });
}

void bell::waiting::await_suspend(std::coroutine_handle<> h) {
    auto s = of.state_;
    s->waiter = h;
    s->in = &in;
    s->whose = whose;
    in.after(most, whose, [s, mine = ++s->ticket] {
        if (s->ticket == mine && s->waiter) std::exchange(s->waiter, {}).resume();
    });
}
}  // namespace simulation
