#include "gateway/archive/import.hpp"

#include <boost/json.hpp>
#include <filesystem>

#include "gateway/archive/files.hpp"
#include "gateway/archive/ledger_form.hpp"
#include "gateway/store/ledger.hpp"
#include "gateway/store/reading.hpp"

namespace gateway::archive {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {
constexpr std::size_t largest_manifest = 1U << 20, largest_submission = 64U << 20,
                      largest_document = 1U << 30;

[[noreturn]] void refuse(std::string const& what, std::string const& fr, std::string const& en) {
    throw transfer_refused({what + " : " + fr, what + ": " + en});
}

struct manifest {
    std::string environment, sums_sha256, sha256, head, seal;
    counts what;
};
manifest read_manifest(std::string const& folder) {
    auto path = folder + "/" + manifest_name;
    if (!fs::is_regular_file(path))
        refuse(path, "absent, l'export n'est pas complet", "missing, the export is not whole");
    auto bytes = read_all(path, largest_manifest);
    auto v = json::parse(bytes);
    auto text = [](json::value const& o, char const* key) {
        return std::string(o.at(key).as_string());
    };
    if (text(v, "format") != "liaison-export" || v.at("version").to_number<int>() != 1)
        refuse(path, "format ou version inconnus", "unknown format or version");
    manifest m;
    m.environment = text(v, "environment");
    m.sums_sha256 = text(v.at("sums"), "sha256");
    m.sha256 = certs::sha256_hex(bytes);
    m.head = text(v.at("ledger"), "head");
    m.seal = text(v.at("ledger"), "seal");
    m.what = counts_from(v.at("counts"));
    return m;
}

/// Reads the folder twice: once to judge it, once to take it in.
class reader {
public:
    reader(import_request const& q, tell_progress const& tell)
        : q_(q), tell_(tell), manifest_(read_manifest(q.folder)) {}

    void judge() {
        auto sums = at(sums_name);
        if (digest_of(sums) != manifest_.sums_sha256) altered(sums_name);
        counts seen;
        std::int64_t listed = 0, contents = 0;
        read_lines(sums, [&](std::string const& line) {
            auto one = sums_line(line);
            ++listed;
            if (one.path.starts_with("submissions/")) {
                seen.add(submission_of(one));
            } else if (one.path.starts_with("documents/")) {
                if (digest_of(at(one.path)) != one.sha256) altered(one.path);
                ++contents;
            } else {
                if (digest_of(at(one.path)) != one.sha256) altered(one.path);
                seen.events += judge_account();
            }
            tell_({"verify", listed, 0});
        });
        if (seen != manifest_.what || contents != seen.contents)
            refuse(q_.folder, "le nombre d'éléments n'est pas celui du manifeste",
                   "the numbers are not those of the manifest");
        if (files() != listed + 2)
            refuse(q_.folder, "des fichiers ne figurent pas dans SHA256SUMS",
                   "there are files that SHA256SUMS does not list");
    }

    void take_in(filling& to) {
        vault sealing(q_.keys.master);
        submission_writer out(to);
        transfer_progress seen{"submission", 0, 0};
        read_lines(at(sums_name), [&](std::string const& line) {
            auto one = sums_line(line);
            if (!one.path.starts_with("submissions/")) return;
            auto s = submission_of(one);
            out.add(s, [&](std::size_t i) {
                auto path = document_path(s.about.id, i + 1);
                auto clear = read_all(at(path), largest_document);
                if (certs::sha256_hex(clear) != s.about.documents[i].sha256) altered(path);
                seen.bytes += static_cast<std::int64_t>(clear.size());
                return sealing.seal(sql::content_id(s.about.id, i), clear);
            });
            ++seen.rows;
            tell_(seen);
        });
        account(to);
    }

    [[nodiscard]] manifest const& said() const { return manifest_; }
    [[nodiscard]] std::int64_t events() const { return last_.sequence; }
    [[nodiscard]] std::string const& head() const { return last_.hash; }

private:
    std::string at(std::string const& path) const { return q_.folder + "/" + path; }
    [[noreturn]] static void altered(std::string const& path) {
        refuse(path, "ne correspond pas à son empreinte SHA-256, l'export est endommagé",
               "does not match its SHA-256, the export is damaged");
    }
    kept_submission submission_of(summed const& one) const {
        auto text = read_all(at(one.path), largest_submission);
        if (certs::sha256_hex(text) != one.sha256) altered(one.path);
        auto s = submission_from(text);
        if (submission_path(s.about.id) != one.path) altered(one.path);
        return s;
    }
    /// @return how many events
    std::int64_t judge_account() {
        each_event([](ledger_event const&) {});
        if (last_.hash != manifest_.head) altered(ledger_name);
        return last_.sequence;
    }
    void each_event(std::function<void(ledger_event const&)> const& take) {
        last_ = {};
        read_lines(at(ledger_name), [&](std::string const& line) {
            auto e = event_from(line);
            if (e.sequence != last_.sequence + 1 || e.previous != last_.hash ||
                e.hash != sql::hash_of(e))
                refuse(ledger_name,
                       "la chaîne est rompue à l'événement " + std::to_string(last_.sequence + 1),
                       "the chain is broken at event " + std::to_string(last_.sequence + 1));
            take(e);
            last_ = std::move(e);
        });
    }
    void account(filling& to) {
        transfer_progress seen{"ledger", 0, 0};
        each_event([&](ledger_event const& e) {
            to.add(sql::table_named("ledger"),
                   {e.sequence, e.at, e.type, e.actor, sql::text_of(e.fields), e.previous, e.hash});
            ++seen.rows;
            tell_(seen);
        });
        if (last_.hash != manifest_.head) altered(ledger_name);
    }
    std::int64_t files() const {
        std::int64_t n = 0;
        for (auto const& f : fs::recursive_directory_iterator(q_.folder))
            if (!f.is_directory() || f.is_symlink()) ++n;
        return n;
    }

    import_request const& q_;
    tell_progress const& tell_;
    manifest manifest_;
    ledger_event last_;
};

/// Whoever made the folder knew a key that is known here.
bool proven(manifest const& m, std::int64_t events, import_request const& q) {
    auto fits = [&](std::string const& key) {
        return !key.empty() && sql::ledger(key).seal(events, m.head) == m.seal;
    };
    if (fits(q.keys.seal) || fits(q.old_seal_key)) return true;
    if (!q.old_seal_key.empty())
        refuse(ledger_name, "le sceau n'est pas celui de la clé donnée (--seal-key)",
               "the seal is not that of the given key (--seal-key)");
    return false;
}

imported import_checked(engine const& to, import_request const& q, tell_progress const& tell) {
    reader folder(q, tell);
    auto const& m = folder.said();
    if (m.environment != q.keys.environment)
        refuse(q.folder, "vient d'un autre environnement (" + m.environment + ")",
               "comes from another environment (" + m.environment + ")");
    folder.judge();
    imported out;
    out.what = m.what;
    out.seal_proven = proven(m, folder.events(), q);

    filling target(to);
    folder.take_in(target);
    sql::ledger account(q.keys.seal);
    target.add(sql::table_named("ledger_head"), {std::int64_t{1}, folder.events(), folder.head(),
                                                 account.seal(folder.events(), folder.head())});
    target.flush();
    auto& db = target.db();
    db.run(db.speaks().begin);
    account.append(db,
                   {"store.imported",
                    q.actor,
                    {{"head", m.head},
                     {"manifest", m.sha256},
                     {"seal", out.seal_proven ? "proven" : "not proven"}}},
                   to.time(db));
    db.run("COMMIT");
    auto report = account.verify(db);
    if (!report.valid)
        throw std::runtime_error("the imported account does not verify: " + report.reason);
    target.done();
    return out;
}
}  // namespace

imported import_store(engine const& to, import_request const& q, tell_progress const& tell) {
    try {
        return import_checked(to, q, tell);
    } catch (transfer_refused const&) {
        throw;
    } catch (store_unavailable const&) {
        throw;
    } catch (std::exception const& e) {
        refuse(q.folder, "l'export ne peut pas être lu (" + std::string(e.what()) + ")",
               "the export cannot be read (" + std::string(e.what()) + ")");
    }
}
}  // namespace gateway::archive
