#include "gateway/store/postgresql_answer.hpp"

#include <poll.h>

#include <algorithm>

namespace gateway::sql {
namespace {
using clock = std::chrono::steady_clock;

/// Until a result can be fetched without waiting. false: too late, or the connection broke.
bool ready(PGconn* db, clock::time_point until) {
    for (;;) {
        int unsent = PQflush(db);
        if (unsent < 0) return false;
        if (unsent == 0 && PQisBusy(db) == 0) return true;
        auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
        auto events = static_cast<short>(POLLIN | (unsent == 0 ? 0 : POLLOUT));
        pollfd wire{PQsocket(db), events, 0};
        if (left <= 0 || ::poll(&wire, 1, static_cast<int>(std::min<long>(left, 60'000))) < 0)
            return false;
        // Also while sending: a server that has much to say waits until it is read.
        if (wire.revents != POLLOUT && PQconsumeInput(db) == 0) return false;
    }
}
}  // namespace

std::string words_of(PGconn const* db) {
    std::string out = PQerrorMessage(db);
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return "PostgreSQL: " + out;
}

pg_result answer(PGconn* db, int sent, std::chrono::milliseconds patience) {
    if (sent != 1) return nullptr;
    pg_result last;
    for (auto until = clock::now() + patience;;) {
        if (!ready(db, until)) return nullptr;
        pg_result next(PQgetResult(db));
        if (!next) return last;
        last = std::move(next);
    }
}
}  // namespace gateway::sql
