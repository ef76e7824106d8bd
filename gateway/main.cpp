/// The command line. Exit codes: 0 done, 1 refused or failed, 2 usage or I/O error, 78
/// configuration error.
#include <CLI/CLI.hpp>
#include <iostream>

#include "gateway/cli/check.hpp"
#include "gateway/config.hpp"
#include "gateway/sandbox/sandbox.hpp"
#include "gateway/serve.hpp"

int main(int argc, char** argv) {
    CLI::App app{"Liaison, a secure health-messaging gateway"};
    app.set_version_flag("--version", LIAISON_VERSION);
    app.require_subcommand(1);

    gateway::cli::check_request check;
    bool json = false;
    std::string environment = "production", rule, file;
    auto* check_command = app.add_subcommand("check", "verdict on CDA files, without a daemon");
    check_command->add_option("FILE", check.files, "files, or - for standard input")->required();
    check_command->add_flag("--json", json, "one JSON object a line");
    check_command->add_option("--environment", environment, "production or test")
        ->check(CLI::IsMember({"production", "test"}));
    auto* rules_command = app.add_subcommand("rules", "the rules that refuse or warn");
    rules_command->add_option("ID", rule, "show this one whole");
    rules_command->add_flag("--json", json, "one JSON object a line");
    auto* config_command = app.add_subcommand("config", "the configuration file");
    config_command->require_subcommand(1);
    auto* config_check =
        config_command->add_subcommand("check", "says what is wrong, where, and how to mend it");
    config_check->add_option("FILE", file, "the TOML file")->required();

    auto* serve_command = app.add_subcommand("serve", "the daemon");
    serve_command->add_option("--config", file, "the TOML file")->required();
    gateway::sandbox::options sandbox;
    auto* sandbox_command = app.add_subcommand(
        "sandbox", "a DMP, an MSSanté operator with mailboxes, and a PKI, to play against");
    sandbox_command->add_option("--dir", sandbox.dir, "its folder")->required();
    sandbox_command->add_option("--faults", sandbox.faults_file, "JSON, read again on change");
    sandbox_command->add_option("--port-base", sandbox.port_base, "seven ports from here on")
        ->check(CLI::Range(1024, 65528));

    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    auto form = json ? gateway::cli::output::json : gateway::cli::output::text;
    try {
        if (*check_command) {
            check.form = form;
            check.env =
                environment == "test" ? cda::environment::test : cda::environment::production;
            return gateway::cli::run_check(check);
        }
        if (*sandbox_command) return gateway::sandbox::run(sandbox);
        if (*serve_command) return gateway::serve(file);
        if (*rules_command) return gateway::cli::run_rules(rule, form);
        (void)gateway::load_config(file);
        std::cout << file << ": correct\n";
        return 0;
    } catch (gateway::config_error const& e) {
        std::cerr << file << ":" << e.line << ": " << e.key << " " << e.what() << ". " << e.remedy
                  << ".\n";
        return 78;
    } catch (std::exception const& e) {
        std::cerr << "error: " << e.what() << '\n';
        return 2;
    }
}
