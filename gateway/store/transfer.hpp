/// What copy, export and import of a whole store have in common: why they refuse, what they tell
/// while they work, and the empty store that they fill.
#pragma once
#include <memory>
#include <stdexcept>

#include "cda/finding.hpp"
#include "gateway/store/engine.hpp"
#include "gateway/store/tables.hpp"

namespace gateway {
/// In both languages, for the person at the terminal; what() is the English.
class transfer_refused : public std::runtime_error {
public:
    explicit transfer_refused(cda::text said)
        : std::runtime_error(said.en), words(std::move(said)) {}
    cda::text words;
};

struct transfer_progress {
    std::string_view part;  ///< a table, or a phase
    std::int64_t rows{0}, bytes{0};
};
using tell_progress = std::function<void(transfer_progress const&)>;

/// What a table held in the end.
struct transferred {
    std::string table;
    std::int64_t rows{0};
    std::string digest;
};

/// A connection to all of a store that is taken from. @throws transfer_refused when its tables are
/// of another version; store_in_use
[[nodiscard]] std::unique_ptr<sql::connection> open_source(engine const&, sql::access);

/// A store that was empty, or holds what an interrupted transfer left, and is filled. It bears the
/// mark `unfinished` until done(), and no gateway opens it before.
class filling {
public:
    /// Empties what an interrupted transfer left. @throws transfer_refused when it is not empty;
    /// store_in_use
    explicit filling(engine const&);
    /// Rows are written some at a time. No transaction is open in between: PostgreSQL ends one that
    /// waits, for a slow source or a person at the terminal.
    void add(sql::table const&, sql::row, std::string content = {});
    /// What was added is durable.
    void flush();
    [[nodiscard]] sql::connection& db() { return *db_; }
    /// After flush(): the numbers go on where they ended, and the mark is gone.
    void done();

private:
    struct waiting {
        sql::table const& into;
        sql::row values;
        std::string content;
    };
    std::unique_ptr<sql::connection> db_;
    std::vector<waiting> rows_;
    std::size_t bytes_{0};
};

/// As a store of either engine keeps it: texts are text, and what was leased is queued.
void normalise(sql::table const&, sql::row&);
}  // namespace gateway
