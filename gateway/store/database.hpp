/// SQL as both engines speak it: connections, and statements that bind and read in order. The text
/// of a statement is common SQL with `?` for parameters; what differs stands in `dialect`. Errors
/// are store_unavailable.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gateway::sql {
struct bytes {
    std::string_view data;
};
using value = std::variant<std::string, std::int64_t, bytes>;

/// The answer to a statement, row by row.
class rows {
public:
    virtual ~rows() = default;
    virtual bool next() = 0;
    [[nodiscard]] virtual std::string text(int column) = 0;
    [[nodiscard]] virtual std::int64_t number(int column) = 0;
};

/// Where the engines part.
struct dialect {
    char const* has_table;      ///< how many tables bear the name `?`
    char const* empty_all;      ///< leaves the tables of the store without a row
    char const* was_filled;     ///< after rows were given their numbers; empty: nothing to do
    char const* begin;          ///< a transaction that writes; one at a time in the whole database
    char const* begin_reading;  ///< one that sees a single state of the database
    char const* skip_locked;    ///< appended to a SELECT that takes rows for itself
    char const* wake_others;    ///< when there is new work; empty: there are no others
    char const* indexed_by;     ///< before the name of an index that a FROM must use; empty: the
                                ///< server knows better
};

/// Used by one thread at a time.
class connection {
public:
    virtual ~connection() = default;
    /// Statements without parameters.
    virtual void run(std::string const& sql) = 0;
    /// Values must outlive the call, not the rows.
    virtual std::unique_ptr<rows> query(std::string const& sql, std::vector<value> const&) = 0;
    /// Rows that the last statement changed.
    [[nodiscard]] virtual std::int64_t changes() const = 0;
    [[nodiscard]] virtual dialect const& speaks() const = 0;
    /// Ends a transaction that has failed, whatever its state.
    virtual void abandon() noexcept = 0;
    /// false: the database is gone, or a transaction is left open.
    [[nodiscard]] virtual bool sound() noexcept = 0;
    /// Between transactions: connects again when it is not sound.
    virtual void mend() = 0;
};
using connect = std::function<std::unique_ptr<connection>()>;

/// For a FROM or an UPDATE, after the table: SQLite has no figures of its tables to choose by, and
/// every one of them may be long.
[[nodiscard]] inline std::string by_index(connection const& db, char const* name) {
    std::string hint = db.speaks().indexed_by;
    return hint.empty() ? hint : " " + hint + " " + name;
}

class statement {
public:
    statement(connection& db, std::string sql) : db_(db), sql_(std::move(sql)) {}
    statement& bind(std::string_view s) {
        values_.emplace_back(std::string(s));
        return *this;
    }
    statement& bind(std::int64_t n) {
        values_.emplace_back(n);
        return *this;
    }
    /// Not copied: it must outlive run().
    statement& blob(std::string_view s) {
        values_.emplace_back(bytes{s});
        return *this;
    }
    /// @return a row stands ready.
    bool step() {
        if (!rows_) rows_ = db_.query(sql_, values_);
        column_ = 0;
        return rows_->next();
    }
    void run() { step(); }
    /// The next column of the row.
    [[nodiscard]] std::string text() { return rows_->text(column_++); }
    [[nodiscard]] std::int64_t number() { return rows_->number(column_++); }

private:
    connection& db_;
    std::string sql_;
    std::vector<value> values_;
    std::unique_ptr<rows> rows_;
    int column_{0};
};

/// `write`: create the file when it is missing, and keep it durable (WAL, synchronous=FULL).
enum class access { write, read };
[[nodiscard]] std::unique_ptr<connection> open_sqlite_database(std::string const& path, access);
}  // namespace gateway::sql
