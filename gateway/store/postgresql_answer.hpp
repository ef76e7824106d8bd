/// Answers of PostgreSQL, waited for no longer than a given time. libpq's own waiting has no end as
/// long as the server's machine keeps the connection up, whatever became of the server.
#pragma once
#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>

namespace gateway::sql {
struct clear_result {
    void operator()(PGresult* r) const { PQclear(r); }
};
using pg_result = std::unique_ptr<PGresult, clear_result>;
struct finish_connection {
    void operator()(PGconn* c) const { PQfinish(c); }
};
using pg_connection = std::unique_ptr<PGconn, finish_connection>;

/// What the server or libpq said last.
[[nodiscard]] std::string words_of(PGconn const*);
/// The last result of what was just sent with one of the PQsend functions.
/// @return null: nothing came in time, the connection broke, or nothing was sent; the connection is
///         then good for nothing but PQfinish.
[[nodiscard]] pg_result answer(PGconn*, int sent, std::chrono::milliseconds patience);
}  // namespace gateway::sql
