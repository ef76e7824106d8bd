#include "gateway/cli/transfer.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <chrono>
#include <iostream>

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

std::string key(std::string config::*file, config const& c, char const* setting) {
    return load_key(c.*file, setting);
}
}  // namespace

int run_store_copy(copy_request const& q) {
    return guarded(q.words, [&] {
        auto seal = key(&config::seal_key_file, q.from, "keys.seal_file");
        if (key(&config::master_key_file, q.from, "keys.master_file") !=
                key(&config::master_key_file, q.to, "keys.master_file") ||
            seal != key(&config::seal_key_file, q.to, "keys.seal_file"))
            throw transfer_refused(
                {"les deux configurations n'ont pas les mêmes clés ([keys]) : les contenus et le "
                 "compte copiés seraient illisibles",
                 "the two configurations do not have the same [keys]: the copied contents and "
                 "account could not be read"});
        std::vector<transferred> copied;
        {
            progress_line line;
            copied = copy_store(open_engine(q.from), open_engine(q.to), seal, std::ref(line));
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
}  // namespace gateway::cli
