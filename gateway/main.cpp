/// The command line. Exit codes: 0 done, 1 refused or failed, 2 usage or I/O error, 78
/// configuration error.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "gateway/cli/account.hpp"
#include "gateway/cli/certs.hpp"
#include "gateway/cli/check.hpp"
#include "gateway/cli/queue.hpp"
#include "gateway/cli/rules.hpp"
#include "gateway/cli/store.hpp"
#include "gateway/cli/submit.hpp"
#include "gateway/cli/transfer.hpp"
#include "gateway/config.hpp"
#include "gateway/sandbox/sandbox.hpp"
#include "gateway/serve.hpp"

namespace {
using gateway::cli::output;

/// What the options leave behind, and the command that they chose.
class command_line {
public:
    command_line() {
        app.set_version_flag("--version", LIAISON_VERSION);
        app.require_subcommand(1);
        daemon();
        documents();
        queue();
        account();
        tables();
        settings();
    }
    CLI::App app{"Liaison, a secure health-messaging gateway"};
    std::function<int()> chosen;
    std::string config_file;

private:
    CLI::App* add(CLI::App& under, char const* name, char const* help, std::function<int()> run) {
        auto* command = under.add_subcommand(name, help);
        command->callback([this, run = std::move(run)] { chosen = run; });
        return command;
    }
    CLI::App* add(char const* name, char const* help, std::function<int()> run) {
        return add(app, name, help, std::move(run));
    }
    void config_of(CLI::App* c) {
        c->add_option("--config", config_file, "the TOML file")->required();
    }
    void json_of(CLI::App* c) { c->add_flag("--json", json_, "JSON, one object a line"); }
    void language_of(CLI::App* c) {
        c->add_option("--lang", language_, "fr or en (the locale decides otherwise)")
            ->check(CLI::IsMember({"fr", "en"}));
    }
    gateway::cli::language words() const {
        if (language_.empty()) return gateway::cli::language_of_terminal();
        return language_ == "en" ? gateway::cli::language::en : gateway::cli::language::fr;
    }
    output form() const { return json_ ? output::json : output::text; }

    void daemon() {
        config_of(add("serve", "the daemon", [this] { return gateway::serve(config_file); }));
        auto* c =
            add("sandbox", "a DMP, an MSSanté operator with mailboxes, and a PKI, to play against",
                [this] { return gateway::sandbox::run(sandbox_); });
        c->add_option("--dir", sandbox_.dir, "its folder")->required();
        c->add_option("--faults", sandbox_.faults_file, "JSON, read again on change");
        c->add_option("--port-base", sandbox_.port_base, "seven ports from here on")
            ->check(CLI::Range(1024, 65528));
    }

    void documents() {
        auto* check = add("check", "verdict on CDA files and archives, without a daemon", [this] {
            check_.form = sarif_ ? output::sarif : form();
            check_.words = words();
            check_.config = config_file;
            check_.colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
            check_.env =
                environment_ == "test" ? cda::environment::test : cda::environment::production;
            return gateway::cli::run_check(check_);
        });
        check->add_option("FILE", check_.files, "files, folders, or - for standard input")
            ->required();
        check->add_option("--environment", environment_, "production or test")
            ->check(CLI::IsMember({"production", "test"}));
        check->add_option("--value-sets", check_.value_sets, "folder of JDV files of the ANS");
        check->add_option("--config", config_file,
                          "a gateway configuration: its environment, value sets and overrides");
        json_of(check);
        check->add_flag("--sarif", sarif_, "one SARIF 2.1.0 log");
        language_of(check);
        auto* rules = add("rules", "the rules that refuse or warn",
                          [this] { return gateway::cli::run_rules(rules_, form(), words()); });
        rules->add_option("WORDS", rules_, "list, show ID or explain ID");
        json_of(rules);
        language_of(rules);
        auto* submit = add("submit", "hand documents over by HTTPS", [this] {
            submit_.form = form();
            return gateway::cli::run_submit(submit_);
        });
        submit->add_option("FILE", submit_.files, "CDA or IHE_XDM.ZIP")->required();
        submit->add_option("--to", submit_.recipients, "MSSanté address, repeatable");
        submit->add_flag("--dmp", submit_.dmp, "deposit in the DMP");
        submit->add_flag("--patient", submit_.patient, "send to the patient's mailbox");
        submit->add_flag("--dry-run", submit_.dry_run, "verdict and plan only");
        submit->add_option("--url", submit_.url, "of the gateway, https://host:port");
        submit->add_option("--cert", submit_.certificate, "client certificate, PEM");
        submit->add_option("--key", submit_.key, "its key, PEM");
        submit->add_option("--ca", submit_.trust, "authorities of the gateway, PEM");
        submit->add_option("--idempotency-key", submit_.idempotency_key, "of this submission");
        submit->add_option("--sandbox", submit_.sandbox, "take URL and keys from this sandbox");
        json_of(submit);
    }

    void queue() {
        auto common = [this](CLI::App* c, bool with_id) {
            config_of(c);
            json_of(c);
            if (with_id) c->add_option("ID", queue_.id, "submission or delivery")->required();
        };
        auto request = [this] {
            queue_.config_file = config_file;
            queue_.form = form();
            return queue_;
        };
        common(add("show", "a submission or a delivery",
                   [request] { return gateway::cli::run_show(request()); }),
               true);
        auto* list = add("list", "deliveries, the newest first",
                         [request] { return gateway::cli::run_list(request()); });
        common(list, false);
        list->add_option("--state", queue_.state, "only these")
            ->check(CLI::IsMember(
                {"queued", "leased", "deferred", "delivered", "failed", "cancelled"}));
        for (auto const* what : {"retry", "cancel"}) {
            auto* c = add(what,
                          std::string_view(what) == "retry" ? "try a delivery again now"
                                                            : "give a delivery up",
                          [request, what] { return gateway::cli::run_act(request(), what); });
            common(c, true);
            c->add_option("--as", queue_.actor, "who asks; stands in the ledger")
                ->envname("USER")
                ->required();
        }
    }

    void account() {
        auto* ledger = app.add_subcommand("ledger", "the account");
        ledger->require_subcommand(1);
        auto* verify = add(*ledger, "verify", "chain and seals",
                           [this] { return gateway::cli::run_ledger_verify(config_file, form()); });
        config_of(verify);
        json_of(verify);
        config_of(add(*ledger, "export", "every event, one JSON object a line",
                      [this] { return gateway::cli::run_ledger_export(config_file); }));
        auto* c = add("indicators", "SUN-ES and other sets, from the ledger", [this] {
            indicators_.config_file = config_file;
            indicators_.form = form();
            return gateway::cli::run_indicators(indicators_);
        });
        config_of(c);
        json_of(c);
        c->add_option("--from", indicators_.from, "first day, YYYY-MM-DD, Paris time");
        c->add_option("--to", indicators_.to, "last day");
        c->add_option("--definitions", indicators_.definitions_file, "TOML of the establishment");
        c->add_flag("--csv", indicators_.csv);
    }

    void whole_store(CLI::App& store) {
        auto* copy =
            add(store, "copy", "move everything to another, empty store, verified", [this] {
                gateway::cli::copy_request q;
                q.from = gateway::load_config(config_file);
                config_file = target_;  // the file that an error is about
                q.to = gateway::load_config(config_file);
                q.form = form();
                q.words = words();
                return gateway::cli::run_store_copy(q);
            });
        config_of(copy);
        copy->add_option("--to", target_, "the TOML file whose [store] or data is the target")
            ->required();
        json_of(copy);
        language_of(copy);
        auto request = [this] {
            archive_.settings = gateway::load_config(config_file);
            archive_.form = form();
            archive_.words = words();
            return archive_;
        };
        auto* out = add("export", "everything in open formats, into a new folder",
                        [request] { return gateway::cli::run_export(request()); });
        out->add_option("--out", archive_.folder, "a folder that is not there yet")->required();
        auto* in = add("import", "what export wrote, into an empty store",
                       [request] { return gateway::cli::run_import(request()); });
        in->add_option("--from", archive_.folder, "the folder")->required();
        in->add_option("--seal-key", archive_.seal_key_file,
                       "keys.seal_file of the instance that exported, to prove its account");
        for (auto* c : {out, in}) {
            config_of(c);
            c->add_option("--as", archive_.actor, "who asks; stands in the ledger")
                ->envname("USER")
                ->required();
            json_of(c);
            language_of(c);
        }
    }

    void settings() {
        auto* config = app.add_subcommand("config", "the configuration file");
        config->require_subcommand(1);
        auto* check =
            add(*config, "check", "says what is wrong, where, and how to mend it", [this] {
                auto read = gateway::load_config(config_file);
                for (auto const& wrong : read.value_sets.refused) std::cerr << wrong << '\n';
                std::cout << config_file << ": correct\n";
                return 0;
            });
        check->add_option("FILE", config_file, "the TOML file")->required();
        auto* certs = app.add_subcommand("certs", "what is presented, and what expires when");
        certs->require_subcommand(1);
        auto* show = add(*certs, "show", "all of them",
                         [this] { return gateway::cli::run_certs(config_file, -1, form()); });
        auto* due = add(*certs, "check", "fails when one ends soon",
                        [this] { return gateway::cli::run_certs(config_file, days_, form()); });
        due->add_option("--days", days_, "how soon")->check(CLI::Range(0, 3650));
        for (auto* c : {show, due}) {
            config_of(c);
            json_of(c);
        }
    }

    void tables() {
        auto* store = app.add_subcommand("store", "its tables, and all that is in them");
        store->require_subcommand(1);
        auto* version = add(*store, "version", "of the tables, and who may use them", [this] {
            return gateway::cli::run_store_version(config_file, form());
        });
        config_of(version);
        json_of(version);
        auto* migrate = add(*store, "migrate", "to another version, while no gateway runs",
                            [this] { return gateway::cli::run_store_migrate(config_file, to_); });
        config_of(migrate);
        migrate->add_option("--to", to_, "version; otherwise the one that this Liaison makes")
            ->check(CLI::Range(1, 1'000'000));
        whole_store(*store);
    }

    bool json_{false};
    std::int64_t to_{0};
    int days_{30};
    std::string environment_{"production"}, language_, target_;
    bool sarif_{false};
    std::vector<std::string> rules_;
    gateway::cli::check_request check_;
    gateway::cli::submit_request submit_;
    gateway::cli::queue_request queue_;
    gateway::cli::indicators_request indicators_;
    gateway::cli::archive_request archive_;
    gateway::sandbox::options sandbox_;
};
}  // namespace

int main(int argc, char** argv) {
    try {
        command_line line;
        try {
            line.app.parse(argc, argv);
        } catch (CLI::ParseError const& e) {
            return line.app.exit(e) == 0 ? 0 : 2;
        }
        try {
            return line.chosen();
        } catch (gateway::config_error const& e) {
            std::cerr << line.config_file << ":" << e.line << ": " << e.key << " " << e.what()
                      << ". " << e.remedy << ".\n";
            return 78;
        }
    } catch (std::exception const& e) {
        std::fputs("error: ", stderr);
        std::fputs(e.what(), stderr);
        std::fputs("\n", stderr);
        return 2;
    }
}
