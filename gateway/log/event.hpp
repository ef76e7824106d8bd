/// All that this daemon can say, one JSON line per state change. A field takes numbers, message ids
/// and string literals; a std::string does not compile, so that no patient data leaks by habit.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace gateway::log {
enum class event {
    started,
    ready,
    stopping,
    stopped,
    config_loaded,
    config_refused,
    value_set_refused,
    submission_accepted,
    submission_repeated,
    submission_refused,
    intake_closed,
    intake_opened,
    delivery_delivered,
    delivery_deferred,
    delivery_failed,
    clock_stepped,
    breaker_opened,
    breaker_closed,
    content_corrupt,
    contents_purged,
    notice_sent,
    notice_failed,
    store_trouble,
    session_bug,
};
/// A uuid or another id that the gateway made itself; the only run-time text that may be logged.
struct id {
    explicit id(std::string_view v) : value(v) {}
    std::string_view value;
};
struct field {
    template <std::size_t N>
    field(std::string_view k, char const (&literal)[N]) : key(k), text(literal, N - 1) {}
    field(std::string_view k, id v) : key(k), text(v.value) {}
    field(std::string_view k, std::int64_t v) : key(k), number(v), numeric(true) {}
    std::string_view key, text;
    std::int64_t number{0};
    bool numeric{false};
};
void say(event, std::initializer_list<field> = {});
/// For faults of the machine or of our own code: the words of an exception, never of a peer or a
/// document.
void trouble(event, std::string_view what);
}  // namespace gateway::log
