#include "gateway/store/postgresql_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "gateway/log/event.hpp"
#include "gateway/store/postgresql_connect.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
namespace {
constexpr int pause_ms = 2000;   ///< before a broken connection is made again
constexpr int look_ms = 15'000;  ///< how long the server may have nothing to say unasked
constexpr std::chrono::seconds patience{5};

struct free_note {
    void operator()(PGnotify* n) const { PQfreemem(n); }
};
}  // namespace

postgresql_watch::postgresql_watch(postgresql_options o, std::function<void()> call)
    : options_(std::move(o)), call_(std::move(call)), stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (stop_ < 0) throw store_unavailable("no event descriptor");
    thread_ = std::thread([this] { loop(); });
}

postgresql_watch::~postgresql_watch() {
    stopping_ = true;
    (void)::eventfd_write(stop_, 1);
    thread_.join();
    ::close(stop_);
}

bool postgresql_watch::wait(int socket, int ms) const {
    pollfd watched[] = {{stop_, POLLIN, 0}, {socket, POLLIN, 0}};
    return ::poll(watched, socket < 0 ? 1 : 2, ms) > 0 && !stopping_;
}

void postgresql_watch::loop() {
    while (!stopping_) {
        try {
            listen();
        } catch (store_unavailable const& trouble) {
            if (std::exchange(heard_, false))
                log::trouble(log::event::store_trouble, trouble.what());
        }
        (void)wait(-1, pause_ms);
    }
}

void postgresql_watch::listen() {
    auto found = connect_postgresql(options_);
    auto db = found.connection.get();
    auto must = [&](char const* sql) {
        auto said = answer(db, PQsendQuery(db, sql), patience);
        auto status = PQresultStatus(said.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
            throw store_unavailable(words_of(db));
    };
    must("LISTEN liaison_work");
    heard_ = true;
    call_();  // what came while nobody listened
    while (!stopping_) {
        if (!wait(PQsocket(db), look_ms)) {
            // A frozen server keeps its connections up, and one that was replaced has nothing new.
            if (!stopping_) must("");
            if (found.timeline < options_.timeline->load()) return;
            continue;
        }
        if (PQconsumeInput(db) == 0) throw store_unavailable(words_of(db));
        bool heard = false;
        while (std::unique_ptr<PGnotify, free_note> note{PQnotifies(db)}) heard = true;
        if (heard) call_();
    }
}
}  // namespace gateway::sql
