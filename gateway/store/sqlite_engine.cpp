#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "gateway/clock.hpp"
#include "gateway/store/engine.hpp"
#include "gateway/store/schema.hpp"

namespace gateway {
namespace {
using sql::connection;
using sql::statement;

/// Two daemons over one file would lease the same delivery twice.
class process_lock {
public:
    explicit process_lock(std::string const& path)
        : fd_(::open((path + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw store_unavailable("cannot open " + path + ".lock");
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
        ::close(fd_);
        throw store_unavailable(path + " is in use by another process");
    }
    ~process_lock() { ::close(fd_); }
    process_lock(process_lock const&) = delete;
    process_lock& operator=(process_lock const&) = delete;

private:
    int fd_;
};

void prepare(connection& db) {
    std::int64_t have = 0;
    {
        statement version(db, "PRAGMA user_version");
        if (version.step()) have = version.number();
    }
    sql::refuse_newer(have, sql::sqlite_migrations.size());
    for (auto n = static_cast<std::size_t>(have); n < sql::sqlite_migrations.size(); ++n) {
        db.run("BEGIN IMMEDIATE");
        db.run(sql::sqlite_migrations[n]);
        db.run("PRAGMA user_version=" + std::to_string(n + 1));
        db.run("COMMIT");
    }
    // The lock proves that every earlier holder is gone: its leases return at once.
    db.run("UPDATE delivery SET state='queued', holder='', lease_until=0 WHERE state='leased'");
}
}  // namespace

engine sqlite_engine(std::string const& path) {
    engine out;
    out.lock = std::make_shared<process_lock>(path);
    out.write = [path] { return sql::open_sqlite_database(path, sql::access::write); };
    out.read = [path] { return sql::open_sqlite_database(path, sql::access::read); };
    out.prepare = prepare;
    out.time = [](connection&) { return now(); };
    return out;
}

std::unique_ptr<store> open_sqlite(sqlite_options const& o) {
    return open_store(sqlite_engine(o.path), {o.master_key, o.seal_key, o.environment});
}
}  // namespace gateway
