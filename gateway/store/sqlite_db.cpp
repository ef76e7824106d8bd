#include "gateway/store/sqlite_db.hpp"

#include "gateway/store/store.hpp"

namespace gateway::sqlite {
namespace {
[[noreturn]] void fail(sqlite3* db) {
    throw store_unavailable(std::string("SQLite: ") + sqlite3_errmsg(db));
}
void must(sqlite3* db, int code) {
    if (code != SQLITE_OK) fail(db);
}
}  // namespace

connection::connection(std::string const& path, access a) {
    int flags =
        SQLITE_OPEN_NOMUTEX |
        (a == access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    if (sqlite3_open_v2(path.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
        std::string why = db_ != nullptr ? sqlite3_errmsg(db_) : "no memory";
        sqlite3_close(db_);
        throw store_unavailable("SQLite: " + path + ": " + why);
    }
    sqlite3_busy_timeout(db_, 10'000);
    if (a == access::write)
        run("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA "
            "foreign_keys=ON;");
}
connection::~connection() { sqlite3_close(db_); }
void connection::run(char const* sql) {
    must(db_, sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
}

statement::statement(connection const& c, char const* sql) : db_(c.handle()) {
    must(db_, sqlite3_prepare_v2(db_, sql, -1, &stmt_, nullptr));
}
statement::~statement() { sqlite3_finalize(stmt_); }
statement& statement::bind(std::string_view s) {
    must(db_,
         sqlite3_bind_text64(stmt_, ++bound_, s.data(), s.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}
statement& statement::bind(std::int64_t n) {
    must(db_, sqlite3_bind_int64(stmt_, ++bound_, n));
    return *this;
}
statement& statement::blob(std::string_view s) {
    must(db_, sqlite3_bind_blob64(stmt_, ++bound_, s.data(), s.size(), SQLITE_TRANSIENT));
    return *this;
}
bool statement::step() {
    read_ = 0;
    auto code = sqlite3_step(stmt_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(db_);
    return false;
}
std::string statement::text() {
    auto at = read_++;
    auto data = sqlite3_column_blob(stmt_, at);
    auto size = sqlite3_column_bytes(stmt_, at);
    return data == nullptr
               ? std::string{}
               : std::string(static_cast<char const*>(data), static_cast<std::size_t>(size));
}
std::int64_t statement::number() { return sqlite3_column_int64(stmt_, read_++); }
}  // namespace gateway::sqlite
