#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "gateway/clock.hpp"
#include "gateway/store/engine.hpp"

namespace gateway {
namespace {
using sql::connection;
using sql::schema_mark;
using sql::statement;

/// Two daemons over one file would lease the same delivery twice.
class process_lock {
public:
    explicit process_lock(std::string const& path)
        : fd_(::open((path + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw store_unavailable("cannot open " + path + ".lock");
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
        ::close(fd_);
        throw store_in_use(path + " is in use by another process");
    }
    ~process_lock() { ::close(fd_); }
    process_lock(process_lock const&) = delete;
    process_lock& operator=(process_lock const&) = delete;

private:
    int fd_;
};

std::int64_t number(connection& db, char const* question) {
    statement s(db, question);
    return s.step() ? s.number() : 0;
}

schema_mark mark(connection& db) {
    // Before there was such a table `user_version` counted alone; it still does for those versions.
    auto version = number(db, "PRAGMA user_version");
    if (number(db, "SELECT COUNT(*) FROM sqlite_master WHERE name='schema_version'") == 0)
        return {version, version};
    statement s(db, "SELECT version,oldest FROM schema_version");
    if (!s.step()) return {version, version};
    version = s.number();
    return {version, s.number()};
}

void bring_to(connection& db, sql::schema all, std::int64_t to) {
    db.run("BEGIN IMMEDIATE");
    try {
        sql::migrate(db, all, &sql::migration::sqlite, mark(db).version, to);
        db.run(
            "CREATE TABLE IF NOT EXISTS schema_version(one INTEGER PRIMARY KEY CHECK(one=1), "
            "version INTEGER NOT NULL, oldest INTEGER NOT NULL)");
        sql::write_mark(db, sql::mark_of(all, to));
        db.run("PRAGMA user_version=" + std::to_string(to));
        db.run("COMMIT");
    } catch (...) {
        db.abandon();
        throw;
    }
}

void raise(connection& db, sql::schema all) {
    auto have = mark(db);
    auto known = static_cast<std::int64_t>(all.size());
    sql::must_suit(have, known);
    if (have.version <= known && have != sql::mark_of(all, known)) bring_to(db, all, known);
}

void prepare(connection& db, sql::schema all) {
    raise(db, all);
    // What retention removes is overwritten, not only forgotten.
    db.run("PRAGMA secure_delete=ON");
    // The lock proves that every earlier holder is gone: its leases return at once.
    db.run("UPDATE delivery SET state='queued', holder='', lease_until=0 WHERE state='leased'");
}
}  // namespace

engine sqlite_engine(std::string const& path, sql::schema all) {
    engine out;
    out.lock = std::make_shared<process_lock>(path);
    out.write = [path] { return sql::open_sqlite_database(path, sql::access::write); };
    out.read = [path] { return sql::open_sqlite_database(path, sql::access::read); };
    out.alone = [path](sql::access a) { return sql::open_sqlite_database(path, a); };
    out.version = [](connection& db) { return mark(db).version; };
    out.migrate = [all](connection& db) { raise(db, all); };
    out.prepare = [all](connection& db) { prepare(db, all); };
    out.time = [](connection&) { return now(); };
    return out;
}

schema_keeper sqlite_schema(std::string const& path, sql::schema all) {
    schema_keeper out;
    out.known = static_cast<std::int64_t>(all.size());
    out.read = [path] { return mark(*sql::open_sqlite_database(path, sql::access::read)); };
    out.move = [path, all](std::int64_t to) {
        process_lock nobody_else(path);
        bring_to(*sql::open_sqlite_database(path, sql::access::write), all, to);
    };
    return out;
}
}  // namespace gateway
