/// PostgreSQL 15 and later through libpq: statements prepared once a connection, parameters as
/// text, answers in binary.
#include "gateway/store/postgresql_database.hpp"

#include <poll.h>

#include <charconv>
#include <unordered_map>

#include "gateway/store/postgresql_connect.hpp"
#include "gateway/store/store.hpp"
#include "gateway/store/utf8.hpp"

namespace gateway::sql {
namespace {
constexpr int oldest = 150000;

/// Writers of all gateways go one after the other: the lock is taken before anything else, so that
/// numbers become visible in their order and nobody waits for two things at once (README). The
/// number is the lock's name.
constexpr dialect postgresql_dialect{
    "SELECT COUNT(*) FROM pg_tables WHERE schemaname=current_schema() AND tablename=?",
    "TRUNCATE notice,receipt,attempt,delivery,document,submission,ledger_head,ledger",
    "SELECT setval(pg_get_serial_sequence('delivery','seq'),COALESCE(MAX(seq),0)+1,false) "
    "FROM delivery; "
    "SELECT setval(pg_get_serial_sequence('attempt','rowid'),COALESCE(MAX(rowid),0)+1,false) "
    "FROM attempt; "
    "SELECT setval(pg_get_serial_sequence('receipt','rowid'),COALESCE(MAX(rowid),0)+1,false) "
    "FROM receipt",
    "BEGIN; SELECT pg_advisory_xact_lock(5077144710)",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    // An operator's session that holds a row does not stop the others.
    " FOR UPDATE OF d SKIP LOCKED", "NOTIFY liaison_work", ""};

class postgresql_rows final : public rows {
public:
    explicit postgresql_rows(pg_result r) : result_(std::move(r)) {}
    bool next() override { return ++row_ < PQntuples(result_.get()); }
    std::string text(int column) override {
        return {PQgetvalue(result_.get(), row_, column),
                static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
    }
    /// Every number of ours is a BIGINT: eight bytes, the highest first; NULL has none and reads 0.
    std::int64_t number(int column) override {
        std::uint64_t n = 0;
        for (char c : text(column)) n = n << 8 | static_cast<unsigned char>(c);
        return static_cast<std::int64_t>(n);
    }

private:
    pg_result result_;
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
    postgresql_connection(postgresql_options o, std::function<void(connection&)> each_time)
        : options_(std::move(o)), each_time_(std::move(each_time)) {
        open();
    }
    postgresql_connection(postgresql_connection const&) = delete;
    postgresql_connection& operator=(postgresql_connection const&) = delete;

    void run(std::string const& sql) override {
        if (sql == "COMMIT") return commit();
        check(ask(PQsendQuery(db_.get(), sql.c_str())));
    }
    std::unique_ptr<rows> query(std::string const& sql, std::vector<value> const& values) override {
        auto const& name = prepared(sql);
        parameters p(values);
        auto r =
            check(ask(PQsendQueryPrepared(db_.get(), name.c_str(), static_cast<int>(values.size()),
                                          p.data.data(), p.sizes.data(), p.formats.data(), 1)));
        std::string_view changed = PQcmdTuples(r.get());
        changes_ = 0;
        std::from_chars(changed.data(), changed.data() + changed.size(), changes_);
        return std::make_unique<postgresql_rows>(std::move(r));
    }
    std::int64_t changes() const override { return changes_; }
    dialect const& speaks() const override { return postgresql_dialect; }
    void abandon() noexcept override {
        if (PQstatus(db_.get()) != CONNECTION_OK) return;
        try {
            // What it answers is of no use: sound() sees whether a transaction is still open.
            (void)ask(PQsendQuery(db_.get(), "ROLLBACK"));
        } catch (std::exception const&) {
            db_.reset();
        }
    }
    bool sound() noexcept override {
        // A server that goes away says so and then closes: its words may come before the end.
        for (int reads = 0; reads < 3; ++reads) {
            if (PQconsumeInput(db_.get()) != 1 || PQstatus(db_.get()) != CONNECTION_OK)
                return false;
            pollfd more{PQsocket(db_.get()), POLLIN, 0};
            if (::poll(&more, 1, 0) <= 0) break;
        }
        bool replaced = timeline_ < options_.timeline->load();
        return !read_only_ && !replaced && PQtransactionStatus(db_.get()) == PQTRANS_IDLE;
    }
    void mend() override {
        if (sound()) return;
        db_.reset();
        open();
    }

private:
    void open() {
        prepared_.clear();
        read_only_ = false;
        auto found = connect_postgresql(options_);
        db_ = std::move(found.connection);
        timeline_ = found.timeline;
        try {
            if (PQserverVersion(db_.get()) < oldest)
                throw store_unavailable("PostgreSQL 15 or later is needed");
            PQsetNoticeReceiver(db_.get(), &notice, this);
            if (PQsetnonblocking(db_.get(), 1) != 0) throw store_unavailable(words_of(db_.get()));
            // What is answered positively must be on disk here and, where a standby is set up,
            // there. A gateway that stops in the middle of a transaction, for whatever cause, gives
            // the writers' lock back after five seconds.
            auto longest = std::chrono::milliseconds{options_.patience}.count() / 4 * 3;
            run("SET synchronous_commit = on; SET idle_in_transaction_session_timeout = '5s'; "
                "SET statement_timeout = " +
                std::to_string(longest));
            if (each_time_) each_time_(*this);
        } catch (...) {
            db_.reset();
            throw;
        }
    }

    /// Only what is on disk here and on the standby is confirmed. A wait for the standby that the
    /// server breaks off, because an operator cancels it, ends in "COMMIT" with a warning, and the
    /// change stands on the primary alone: nobody may count on it. (The time limit for statements
    /// has no hold on COMMIT.)
    void commit() {
        warning_.clear();
        auto r = check(ask(PQsendQuery(db_.get(), "COMMIT")));
        // A transaction that has failed answers COMMIT with ROLLBACK, and calls it a success.
        if (std::string_view(PQcmdStatus(r.get())) != "COMMIT")
            throw store_unavailable("PostgreSQL: the transaction was rolled back");
        if (!warning_.empty()) throw store_unavailable("PostgreSQL: not confirmed: " + warning_);
    }
    static void notice(void* self, PGresult const* said) {
        auto field = [said](int which) {
            auto text = PQresultErrorField(said, which);
            return std::string_view(text == nullptr ? "" : text);
        };
        if (field(PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")
            static_cast<postgresql_connection*>(self)->warning_ = field(PG_DIAG_MESSAGE_PRIMARY);
    }

    pg_result ask(int sent) {
        auto r = answer(db_.get(), sent, options_.patience);
        if (r) return r;
        auto why =
            PQstatus(db_.get()) == CONNECTION_OK
                ? "PostgreSQL: no answer within " + std::to_string(options_.patience.count()) + " s"
                : words_of(db_.get());
        db_.reset();
        throw store_unavailable(why);
    }
    pg_result check(pg_result r) {
        auto status = PQresultStatus(r.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return r;
        auto state = PQresultErrorField(r.get(), PG_DIAG_SQLSTATE);
        std::string_view code = state == nullptr ? "" : state;
        // It was the primary, and is no longer: the next use looks for the one that is.
        if (code == "25006") read_only_ = true;
        // Class XX: the server found its own data or index broken.
        if (code.starts_with("XX00") && code != "XX000") throw record_damaged(words_of(db_.get()));
        throw store_unavailable(words_of(db_.get()));
    }
    /// `?` becomes $1, $2 …; no literal of our statements holds one.
    std::string const& prepared(std::string const& sql) {
        if (auto known = prepared_.find(sql); known != prepared_.end()) return known->second;
        std::string numbered;
        int n = 0;
        for (char c : sql) numbered += c == '?' ? "$" + std::to_string(++n) : std::string(1, c);
        auto name = "s" + std::to_string(++named_);
        check(ask(PQsendPrepare(db_.get(), name.c_str(), numbered.c_str(), 0, nullptr)));
        return prepared_.emplace(sql, name).first->second;
    }

    postgresql_options options_;
    std::function<void(connection&)> each_time_;
    pg_connection db_;
    bool read_only_{false};
    std::string warning_;
    std::int64_t timeline_{0}, changes_{0}, named_{0};
    std::unordered_map<std::string, std::string> prepared_;
};
}  // namespace

std::unique_ptr<connection> open_postgresql_database(postgresql_options const& o,
                                                     std::function<void(connection&)> each_time) {
    return std::make_unique<postgresql_connection>(o, std::move(each_time));
}
}  // namespace gateway::sql
