#include "gateway/cli/transfer.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <iostream>

#include "gateway/archive/export.hpp"
#include "gateway/archive/import.hpp"
#include "gateway/open_store.hpp"
#include "gateway/store/copy.hpp"

namespace gateway::cli {
namespace json = boost::json;
namespace {
/// One line that changes on a terminal, nothing elsewhere.
class progress_line {
public:
    progress_line() : shown_(isatty(STDERR_FILENO) == 1) {}
    ~progress_line() {
        if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
    }
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;
    void operator()(transfer_progress const& p) {
        auto now = std::chrono::steady_clock::now();
        if (!shown_ || now < next_) return;
        next_ = now + std::chrono::milliseconds{200};
        drawn_ = true;
        std::cerr << "\r\x1b[K" << p.part << "  " << p.rows << "  " << (p.bytes >> 20) << " MiB"
                  << std::flush;
    }

private:
    bool shown_, drawn_{false};
    std::chrono::steady_clock::time_point next_{};
};

/// Runs what may be refused, and says why in the reader's language.
template <class Work>
int guarded(language l, Work work) {
    auto say = [&](std::string const& fr, std::string const& en) {
        std::cerr << (l == language::fr ? "erreur : " + fr : "error: " + en) << '\n';
        return 1;
    };
    try {
        return work();
    } catch (transfer_refused const& no) {
        return say(no.words.fr, no.words.en);
    } catch (store_in_use const& no) {
        return say(
            "une passerelle (ou une autre commande) utilise ce stockage, arrêtez-la d'abord (" +
                std::string(no.what()) + ")",
            "a gateway (or another command) uses this store, stop it first (" +
                std::string(no.what()) + ")");
    }
}

void print(archive::counts const& c, language l) {
    bool fr = l == language::fr;
    std::cout << c.submissions << (fr ? " remises, " : " submissions, ") << c.documents
              << " documents, " << c.contents << (fr ? " contenus, " : " contents, ")
              << c.deliveries << (fr ? " livraisons, " : " deliveries, ") << c.events
              << (fr ? " événements\n" : " events\n");
}
}  // namespace

int run_store_copy(copy_request const& q) {
    return guarded(q.words, [&] {
        auto keys = load_keys(q.from), other = load_keys(q.to);
        if (keys.master != other.master || keys.seal != other.seal)
            throw transfer_refused(
                {"les deux configurations n'ont pas les mêmes clés ([keys]) : les contenus et le "
                 "compte copiés seraient illisibles",
                 "the two configurations do not have the same [keys]: the copied contents and "
                 "account could not be read"});
        std::vector<transferred> copied;
        {
            progress_line line;
            copied = copy_store(open_engine(q.from), open_engine(q.to), keys.seal, std::ref(line));
        }
        if (q.form == output::json) {
            json::array list;
            for (auto const& t : copied)
                list.push_back(
                    json::object{{"table", t.table}, {"rows", t.rows}, {"digest", t.digest}});
            std::cout << json::serialize(json::object{{"verified", true}, {"tables", list}})
                      << '\n';
            return 0;
        }
        for (auto const& t : copied)
            std::cout << t.table << "  " << t.rows << "  " << t.digest << '\n';
        std::cout << (q.words == language::fr
                          ? "copie vérifiée : mêmes lignes, compte valide\n"
                          : "verified copy: the same rows, the account holds\n");
        return 0;
    });
}

int run_export(archive_request const& q) {
    return guarded(q.words, [&] {
        archive::exported out;
        {
            progress_line line;
            out = archive::export_store(open_engine(q.settings), load_keys(q.settings), q.actor,
                                        q.folder, std::ref(line));
        }
        bool fr = q.words == language::fr;
        if (q.form == output::json)
            std::cout << json::serialize(json::object{{"counts", archive::to_json(out.what)},
                                                      {"manifest", out.manifest_sha256},
                                                      {"ledgerValid", out.account.valid}})
                      << '\n';
        else {
            print(out.what, q.words);
            std::cout << (fr ? "manifeste SHA-256 " : "manifest SHA-256 ") << out.manifest_sha256
                      << '\n';
        }
        if (out.what.damaged != 0)
            std::cerr
                << (fr ? "erreur : contenus endommagés, sans fichier (\"damaged\" dans "
                         "submissions/) : "
                       : "error: damaged contents, without a file (\"damaged\" in submissions/): ")
                << out.what.damaged << '\n';
        if (out.account.valid) return out.what.damaged == 0 ? 0 : 1;
        std::cerr << (fr ? "erreur : tout est exporté, mais le compte ne se vérifie pas, à "
                           "l'événement "
                         : "error: everything is exported, but the account does not verify, at "
                           "event ")
                  << out.account.bad_sequence << '\n';
        return 1;
    });
}

int run_import(archive_request const& q) {
    return guarded(q.words, [&] {
        archive::import_request wanted{q.folder, load_keys(q.settings), {}, q.actor};
        if (!q.seal_key_file.empty()) wanted.old_seal_key = load_key(q.seal_key_file, "--seal-key");
        archive::imported in;
        {
            progress_line line;
            in = archive::import_store(open_engine(q.settings), wanted, std::ref(line));
        }
        bool fr = q.words == language::fr;
        if (q.form == output::json) {
            std::cout << json::serialize(json::object{{"counts", archive::to_json(in.what)},
                                                      {"sealProven", in.seal_proven}})
                      << '\n';
            return 0;
        }
        print(in.what, q.words);
        if (in.seal_proven)
            std::cout
                << (fr ? "l'ancien sceau du compte est prouvé, un nouveau le remplace\n"
                       : "the old seal of the account is proven, a new one takes its place\n");
        else
            std::cout
                << (fr ? "l'ancien sceau du compte n'a pas pu être prouvé (voir --seal-key) ; "
                         "un nouveau le remplace\n"
                       : "the old seal of the account could not be proven (see --seal-key); a "
                         "new one takes its place\n");
        return 0;
    });
}
}  // namespace gateway::cli
