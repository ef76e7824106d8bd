/// PostgreSQL 15 and later through libpq: statements prepared once a connection, parameters as
/// text, answers in binary.
#include "gateway/store/postgresql_database.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <unordered_map>

#include "gateway/store/store.hpp"
#include "gateway/store/utf8.hpp"

namespace gateway::sql {
namespace {
constexpr int oldest = 150000;

/// Writers of all gateways go one after the other: the lock is taken before anything else, so that
/// numbers become visible in their order and nobody waits for two things at once (README). The
/// number is the lock's name.
constexpr dialect postgresql_dialect{
    "BEGIN; SELECT pg_advisory_xact_lock(5077144710)",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    // An operator's session that holds a row does not stop the others.
    " FOR UPDATE OF d SKIP LOCKED", "NOTIFY liaison_work", ""};

struct clear {
    void operator()(PGresult* r) const { PQclear(r); }
};
using result = std::unique_ptr<PGresult, clear>;

std::string words_of(PGconn* db) {
    std::string out = PQerrorMessage(db);
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
    return "PostgreSQL: " + out;
}

class postgresql_rows final : public rows {
public:
    explicit postgresql_rows(result r) : result_(std::move(r)) {}
    bool next() override { return ++row_ < PQntuples(result_.get()); }
    std::string text(int column) override {
        return {PQgetvalue(result_.get(), row_, column),
                static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
    }
    /// Every number of ours is a BIGINT: eight bytes, the highest first; NULL has none and reads 0.
    std::int64_t number(int column) override {
        std::uint64_t n = 0;
        for (unsigned char c : text(column)) n = n << 8 | c;
        return static_cast<std::int64_t>(n);
    }

private:
    result result_;
    int row_{-1};
};

/// What a statement is given, as libpq takes it.
class parameters {
public:
    explicit parameters(std::vector<value> const& values) {
        texts_.reserve(values.size());
        for (auto const& v : values) {
            if (auto b = std::get_if<bytes>(&v)) {
                add(b->data.data() == nullptr ? "" : b->data.data(), b->data.size(), 1);
                continue;
            }
            auto text = std::get_if<std::string>(&v);
            texts_.push_back(text != nullptr ? plain_text(*text)
                                             : std::to_string(std::get<std::int64_t>(v)));
            add(texts_.back().c_str(), texts_.back().size(), 0);
        }
    }
    std::vector<char const*> data;
    std::vector<int> sizes, formats;

private:
    void add(char const* what, std::size_t size, int format) {
        data.push_back(what);
        sizes.push_back(static_cast<int>(size));
        formats.push_back(format);
    }
    std::vector<std::string> texts_;
};

class postgresql_connection final : public connection {
public:
    explicit postgresql_connection(postgresql_options o) : options_(std::move(o)) { open(); }
    ~postgresql_connection() override { PQfinish(db_); }
    postgresql_connection(postgresql_connection const&) = delete;
    postgresql_connection& operator=(postgresql_connection const&) = delete;

    void run(std::string const& sql) override {
        auto r = check(result(PQexec(db_, sql.c_str())));
        // A transaction that has failed answers COMMIT with ROLLBACK, and calls it a success.
        if (sql == "COMMIT" && std::string_view(PQcmdStatus(r.get())) != "COMMIT")
            throw store_unavailable("PostgreSQL: the transaction was rolled back");
    }
    std::unique_ptr<rows> query(std::string const& sql, std::vector<value> const& values) override {
        auto const& name = prepared(sql);
        parameters p(values);
        auto r = check(result(PQexecPrepared(db_, name.c_str(), static_cast<int>(values.size()),
                                             p.data.data(), p.sizes.data(), p.formats.data(), 1)));
        std::string_view changed = PQcmdTuples(r.get());
        changes_ = 0;
        std::from_chars(changed.data(), changed.data() + changed.size(), changes_);
        return std::make_unique<postgresql_rows>(std::move(r));
    }
    std::int64_t changes() const override { return changes_; }
    dialect const& speaks() const override { return postgresql_dialect; }
    void abandon() noexcept override {
        if (PQstatus(db_) == CONNECTION_OK) result(PQexec(db_, "ROLLBACK"));
    }
    bool sound() noexcept override {
        // A server that goes away says so and then closes: its words may come before the end.
        for (int reads = 0; reads < 3; ++reads) {
            if (PQconsumeInput(db_) != 1 || PQstatus(db_) != CONNECTION_OK) return false;
            pollfd more{PQsocket(db_), POLLIN, 0};
            if (::poll(&more, 1, 0) <= 0) break;
        }
        return PQtransactionStatus(db_) == PQTRANS_IDLE;
    }
    void mend() override {
        if (sound()) return;
        PQfinish(std::exchange(db_, nullptr));
        prepared_.clear();
        open();
    }

private:
    void open() {
        db_ = connect_postgresql(options_);
        try {
            if (PQserverVersion(db_) < oldest)
                throw store_unavailable("PostgreSQL 15 or later is needed");
            // What is answered positively must be on disk here and, where a standby is set up,
            // there. A gateway that stops in the middle of a transaction, for whatever cause, gives
            // the writers' lock back after five seconds.
            run("SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '5s'; "
                "SET statement_timeout = '60s'");
        } catch (...) {
            PQfinish(std::exchange(db_, nullptr));
            throw;
        }
    }
    result check(result r) const {
        auto status = PQresultStatus(r.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return r;
        // Class XX: the server found its own data or index broken.
        auto state = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
        if (state != nullptr && std::string_view(state).starts_with("XX00") && state[4] != '0')
            throw record_damaged(words_of(db_));
        throw store_unavailable(words_of(db_));
    }
    /// `?` becomes $1, $2 …; no literal of our statements holds one.
    std::string const& prepared(std::string const& sql) {
        if (auto known = prepared_.find(sql); known != prepared_.end()) return known->second;
        std::string numbered;
        int n = 0;
        for (char c : sql) numbered += c == '?' ? "$" + std::to_string(++n) : std::string(1, c);
        auto name = "s" + std::to_string(++named_);
        check(result(PQprepare(db_, name.c_str(), numbered.c_str(), 0, nullptr)));
        return prepared_.emplace(sql, name).first->second;
    }

    postgresql_options options_;
    PGconn* db_{nullptr};
    std::int64_t changes_{0}, named_{0};
    std::unordered_map<std::string, std::string> prepared_;
};
}  // namespace

PGconn* connect_postgresql(postgresql_options const& o) {
    auto password = o.password ? o.password() : std::string{};
    // The first are defaults that the conninfo may change; the last are ours.
    std::array<char const*, 12> const keys{"sslmode",
                                           "connect_timeout",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "target_session_attrs",
                                           "application_name",
                                           "dbname",
                                           "client_encoding",
                                           password.empty() ? nullptr : "password",
                                           nullptr};
    std::array<char const*, 12> const values{"verify-full",
                                             "5",
                                             "10",
                                             "5",
                                             "3",
                                             "15000",
                                             "read-write",
                                             "liaison",
                                             o.conninfo.c_str(),
                                             "UTF8",
                                             password.c_str(),
                                             nullptr};
    auto db = PQconnectdbParams(keys.data(), values.data(), 1);
    // The log holds JSON lines alone, and a notice is no fault.
    PQsetNoticeReceiver(
        db, [](void*, PGresult const*) {}, nullptr);
    if (PQstatus(db) == CONNECTION_OK) return db;
    auto why = words_of(db);
    PQfinish(db);
    throw store_unavailable(why);
}

std::unique_ptr<connection> open_postgresql_database(postgresql_options const& o) {
    return std::make_unique<postgresql_connection>(o);
}
}  // namespace gateway::sql
