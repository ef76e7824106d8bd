#include "gateway/store/postgresql_watch.hpp"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "gateway/log/event.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
namespace {
constexpr int pause_ms = 2000;  ///< before a broken connection is made again

struct finish {
    void operator()(PGconn* c) const { PQfinish(c); }
};
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
    std::unique_ptr<PGconn, finish> db(connect_postgresql(options_));
    std::unique_ptr<PGresult, decltype(&PQclear)> said(PQexec(db.get(), "LISTEN liaison_work"),
                                                       &PQclear);
    if (PQresultStatus(said.get()) != PGRES_COMMAND_OK)
        throw store_unavailable(std::string("PostgreSQL: ") + PQerrorMessage(db.get()));
    heard_ = true;
    call_();  // what came while nobody listened
    while (wait(PQsocket(db.get()), -1)) {
        if (PQconsumeInput(db.get()) == 0)
            throw store_unavailable(std::string("PostgreSQL: ") + PQerrorMessage(db.get()));
        bool heard = false;
        while (std::unique_ptr<PGnotify, free_note> note{PQnotifies(db.get())}) heard = true;
        if (heard) call_();
    }
}
}  // namespace gateway::sql
