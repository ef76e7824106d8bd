/// SQLite as values: a connection, and statements that bind and read in order. Errors are
/// store_unavailable.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::sqlite {
class connection {
public:
    enum class access { write, read };
    connection(std::string const& path, access);
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    void run(char const* sql);
    [[nodiscard]] sqlite3* handle() const { return db_; }
    [[nodiscard]] int changes() const { return sqlite3_changes(db_); }

private:
    sqlite3* db_{nullptr};
};
class statement {
public:
    statement(connection const&, char const* sql);
    ~statement();
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;
    /// Binds the next parameter. Text and bytes are copied.
    statement& bind(std::string_view);
    statement& bind(std::int64_t);
    statement& blob(std::string_view);
    /// @return a row stands ready.
    bool step();
    void run() { step(); }
    /// The next column of the row.
    [[nodiscard]] std::string text();
    [[nodiscard]] std::int64_t number();

private:
    sqlite3* db_;
    sqlite3_stmt* stmt_{nullptr};
    int bound_{0}, read_{0};
};
}  // namespace gateway::sqlite
