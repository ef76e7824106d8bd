#include <sqlite3.h>

#include <unordered_map>

#include "gateway/store/database.hpp"
#include "gateway/store/store.hpp"

namespace gateway::sql {
namespace {
[[noreturn]] void fail(sqlite3* db) {
    if ((sqlite3_errcode(db) & 0xFF) == SQLITE_CORRUPT)
        throw record_damaged(std::string("SQLite: ") + sqlite3_errmsg(db));
    throw store_unavailable(std::string("SQLite: ") + sqlite3_errmsg(db));
}
void must(sqlite3* db, int code) {
    if (code != SQLITE_OK) fail(db);
}

/// The file is one process's own, and that has one writer.
constexpr dialect sqlite_dialect{
    "SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name=?",
    "DELETE FROM notice; DELETE FROM receipt; DELETE FROM attempt; DELETE FROM delivery; "
    "DELETE FROM document; DELETE FROM submission; DELETE FROM ledger_head; DELETE FROM ledger",
    "",
    "BEGIN IMMEDIATE",
    "BEGIN",
    "",
    "",
    "INDEXED BY"};

/// A prepared statement while its rows are read; it goes back clean, whatever happens.
class sqlite_rows final : public rows {
public:
    enum class after { keep, finalize };
    sqlite_rows(sqlite3* db, sqlite3_stmt* s, after a) : db_(db), stmt_(s), after_(a) {
        // A statement that only writes is done when it is asked for.
        try {
            advance();
        } catch (...) {
            finish();
            throw;
        }
    }
    ~sqlite_rows() override { finish(); }
    sqlite_rows(sqlite_rows const&) = delete;
    sqlite_rows& operator=(sqlite_rows const&) = delete;

    bool next() override {
        if (fresh_) {
            fresh_ = false;
            return ready_;
        }
        if (ready_) advance();
        return ready_;
    }
    std::string text(int column) override {
        auto data = sqlite3_column_blob(stmt_, column);
        auto size = sqlite3_column_bytes(stmt_, column);
        return data == nullptr
                   ? std::string{}
                   : std::string(static_cast<char const*>(data), static_cast<std::size_t>(size));
    }
    std::int64_t number(int column) override { return sqlite3_column_int64(stmt_, column); }

private:
    void finish() {
        if (after_ == after::finalize) {
            sqlite3_finalize(stmt_);
            return;
        }
        sqlite3_reset(stmt_);
        sqlite3_clear_bindings(stmt_);
    }
    void advance() {
        auto code = sqlite3_step(stmt_);
        ready_ = code == SQLITE_ROW;
        if (!ready_ && code != SQLITE_DONE) fail(db_);
    }
    sqlite3* db_;
    sqlite3_stmt* stmt_;
    after after_;
    bool ready_{false}, fresh_{true};
};

class sqlite_connection final : public connection {
public:
    sqlite_connection(std::string const& path, access a) {
        int flags =
            SQLITE_OPEN_NOMUTEX | (a == access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                                      : SQLITE_OPEN_READONLY);
        if (sqlite3_open_v2(path.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
            std::string why = db_ != nullptr ? sqlite3_errmsg(db_) : "no memory";
            sqlite3_close(db_);
            throw store_unavailable("SQLite: " + path + ": " + why);
        }
        sqlite3_busy_timeout(db_, 10'000);
        try {
            if (a == access::write)
                run("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA foreign_keys=ON;");
        } catch (...) {
            sqlite3_close(db_);
            throw;
        }
    }
    ~sqlite_connection() override {
        for (auto& [sql, s] : prepared_) sqlite3_finalize(s);
        sqlite3_close(db_);
    }
    sqlite_connection(sqlite_connection const&) = delete;
    sqlite_connection& operator=(sqlite_connection const&) = delete;

    void run(std::string const& sql) override {
        must(db_, sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr));
    }
    std::unique_ptr<rows> query(std::string const& sql, std::vector<value> const& values) override {
        auto& kept = prepared_[sql];
        if (kept == nullptr) kept = prepare(sql);
        // One whose rows are still being read has a twin for the time.
        bool busy = sqlite3_stmt_busy(kept) != 0;
        auto s = busy ? prepare(sql) : kept;
        int n = 0;
        for (auto const& v : values) bind(s, ++n, v);
        return std::make_unique<sqlite_rows>(
            db_, s, busy ? sqlite_rows::after::finalize : sqlite_rows::after::keep);
    }
    std::int64_t changes() const override { return sqlite3_changes64(db_); }
    dialect const& speaks() const override { return sqlite_dialect; }
    void abandon() noexcept override { sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr); }
    bool sound() noexcept override { return sqlite3_get_autocommit(db_) != 0; }
    void mend() override {}  // a file does not go away

private:
    sqlite3_stmt* prepare(std::string const& sql) {
        sqlite3_stmt* s = nullptr;
        must(db_, sqlite3_prepare_v3(db_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &s, nullptr));
        return s;
    }
    void bind(sqlite3_stmt* s, int at, value const& v) {
        if (auto text = std::get_if<std::string>(&v))
            must(db_, sqlite3_bind_text64(s, at, text->data(), text->size(), SQLITE_TRANSIENT,
                                          SQLITE_UTF8));
        else if (auto n = std::get_if<std::int64_t>(&v))
            must(db_, sqlite3_bind_int64(s, at, *n));
        else {
            auto b = std::get<bytes>(v).data;
            must(db_, sqlite3_bind_blob64(s, at, b.data(), b.size(), SQLITE_STATIC));
        }
    }

    sqlite3* db_{nullptr};
    std::unordered_map<std::string, sqlite3_stmt*> prepared_;
};
}  // namespace

std::unique_ptr<connection> open_sqlite_database(std::string const& path, access a) {
    return std::make_unique<sqlite_connection>(path, a);
}
}  // namespace gateway::sql
