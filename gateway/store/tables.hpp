/// The tables of the store as data, for who moves all of it: the columns that both engines have, in
/// the order in which tables may be filled.
#pragma once
#include <array>
#include <vector>

#include "gateway/store/database.hpp"

namespace gateway::sql {
struct column {
    enum class kind { text, number, content } what;
    char const* name;
};
struct table {
    char const* name;
    std::size_t key;  ///< so many columns, the first, are the primary key
    std::vector<column> columns;
};
[[nodiscard]] std::vector<table> const& tables();
[[nodiscard]] table const& table_named(std::string_view);

/// Values in the order of the columns. The place of a content is an empty text: contents may be
/// large, and are carried one by one.
using row = std::vector<value>;

/// Reads a table in pages, by its key: nothing stays open in between, and nothing is kept.
class cursor {
public:
    cursor(connection&, table const&);
    /// The next rows, at most so many; empty: the end.
    [[nodiscard]] std::vector<row> page(std::size_t most);
    /// Of a row, as it is stored; empty for a table without contents.
    [[nodiscard]] std::string content(row const&) const;

private:
    connection& db_;
    table const& table_;
    row last_;
};

void insert(connection&, table const&, row const&, std::string_view content);

/// What a table holds, whatever order its rows are read in: the sum of their SHA-256, modulo 2^256.
class table_digest {
public:
    void add(table const&, row const&, std::string_view content);
    [[nodiscard]] std::string hex() const;
    [[nodiscard]] std::int64_t rows() const { return rows_; }

private:
    std::array<unsigned char, 32> sum_{};
    std::int64_t rows_{0};
};
}  // namespace gateway::sql
