#include "gateway/archive/export.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <set>

#include "gateway/archive/files.hpp"
#include "gateway/archive/ledger_form.hpp"
#include "gateway/clock.hpp"
#include "gateway/store/ledger.hpp"
#include "gateway/store/reading.hpp"

namespace gateway::archive {
namespace json = boost::json;
namespace {
void make_folder(std::string const& path) {
    if (::mkdir(path.c_str(), 0700) == 0) return;
    if (errno == EEXIST)
        throw transfer_refused({path + " existe déjà : rien n'est écrasé",
                                path + " is there already: nothing is overwritten"});
    throw std::runtime_error(path + ": " + std::strerror(errno));
}

/// The names of the folders, too.
void sync_file_system(std::string const& folder) {
    int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && ::syncfs(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!done) throw std::runtime_error(folder + ": " + std::strerror(errno));
}

class writer {
public:
    writer(sql::connection& db, store_keys const& keys, std::string folder,
           tell_progress const& tell)
        : db_(db),
          vault_(keys.master),
          ledger_(keys.seal),
          folder_(std::move(folder)),
          tell_(tell),
          sums_(folder_ + "/" + sums_name) {
        for (char const* kind : {"/submissions", "/documents"}) make_folder(folder_ + kind);
    }

    void submissions() {
        sql::cursor all(db_, sql::table_named("submission"));
        transfer_progress seen{"submission", 0, 0};
        for (auto rows = all.page(200); !rows.empty(); rows = all.page(200))
            for (auto const& r : rows) {
                one(std::get<std::string>(r.front()), seen);
                ++seen.rows;
                tell_(seen);
            }
    }
    void account() {
        out_file out(folder_ + "/" + ledger_name);
        transfer_progress seen{"ledger", 0, 0};
        ledger_.read(db_, [&](ledger_event const& e) {
            out.write(line_of(e) + "\n");
            ++counted_.events;
            ++seen.rows;
            tell_(seen);
        });
        sums_.write(sums_line(summed{out.close(), ledger_name}));
    }
    exported finish(std::string const& environment) {
        exported out;
        auto sums = sums_.close();
        sync_file_system(folder_);
        out.what = counted_;
        out.account = ledger_.verify(db_);
        std::string seal;
        sql::statement head(db_, "SELECT seal FROM ledger_head");
        if (head.step()) seal = head.text();
        json::object account{{"valid", out.account.valid},
                             {"events", out.account.events},
                             {"head", out.account.head},
                             {"seal", seal}};
        json::object all{
            {"format", "liaison-export"},  {"version", 1},
            {"createdAt", iso_of(now())},  {"software", LIAISON_VERSION},
            {"environment", environment},  {"sums", {{"file", sums_name}, {"sha256", sums}}},
            {"counts", to_json(counted_)}, {"ledger", std::move(account)}};
        out_file manifest(folder_ + "/" + manifest_name);
        manifest.write(json::serialize(all) + "\n");
        out.manifest_sha256 = manifest.close();
        sync_file_system(folder_);
        return out;
    }

private:
    void one(std::string const& id, transfer_progress& seen) {
        auto s = read_submission(db_, id);
        for (std::size_t i = 0; s.about.purged_at == 0 && i < s.about.documents.size(); ++i)
            seen.bytes += content(s, i);
        counted_.add(s);
        put(submission_path(id), text_of(s));
    }
    /// One that is damaged does not hold the others back.
    std::int64_t content(kept_submission& s, std::size_t i) {
        std::string clear;
        try {
            sql::statement find(db_, "SELECT content FROM document WHERE submission=? AND n=?");
            if (find.bind(s.about.id).bind(static_cast<std::int64_t>(i)).step())
                clear = vault_.open(sql::content_id(s.about.id, i), find.text());
        } catch (content_corrupt const&) {
            s.damaged.insert(i);
            return 0;
        }
        if (certs::sha256_hex(clear) != s.about.documents[i].sha256) {
            s.damaged.insert(i);
            return 0;
        }
        put(document_path(s.about.id, i + 1), clear);
        return static_cast<std::int64_t>(clear.size());
    }
    void put(std::string const& path, std::string_view bytes) {
        auto folder = path.substr(0, path.rfind('/'));
        if (folders_.insert(folder).second) make_folder(folder_ + "/" + folder);
        out_file out(folder_ + "/" + path);
        out.write(bytes);
        sums_.write(sums_line(summed{out.close(), path}));
    }

    sql::connection& db_;
    vault vault_;
    sql::ledger ledger_;
    std::string folder_;
    tell_progress const& tell_;
    out_file sums_;
    std::set<std::string> folders_;
    counts counted_;
};
}  // namespace

exported export_store(engine const& from, store_keys const& keys, std::string const& actor,
                      std::string const& folder, tell_progress const& tell) {
    auto db = open_source(from, sql::access::write);
    make_folder(folder);
    writer out(*db, keys, folder, tell);
    // Reading is an audited act: no account, no content.
    db->run(db->speaks().begin);
    sql::ledger(keys.seal).append(*db, {"contents.exported", actor, {}}, from.time(*db));
    db->run("COMMIT");
    out.submissions();
    out.account();
    return out.finish(keys.environment);
}
}  // namespace gateway::archive
