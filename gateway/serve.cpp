#include "gateway/serve.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "certs/digest.hpp"
#include "gateway/admin/server.hpp"
#include "gateway/clock.hpp"
#include "gateway/intake/https.hpp"
#include "gateway/intake/smtp.hpp"
#include "gateway/log/event.hpp"
#include "gateway/machine.hpp"
#include "gateway/open_store.hpp"
#include "gateway/runtime.hpp"

namespace gateway {
namespace asio = boost::asio;
namespace {
net::task<void> guard(net::session inner, std::unique_ptr<net::byte_stream> peer) {
    try {
        co_await inner(std::move(peer));
    } catch (std::exception const& bug) {
        // The peer sees a closed connection without an answer, and tries again.
        log::trouble(log::event::session_bug, bug.what());
    }
}
net::session guarded(net::session inner) {
    return [inner = std::move(inner)](std::unique_ptr<net::byte_stream> peer) {
        return guard(inner, std::move(peer));
    };
}

std::string digest_of_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return certs::sha256_hex(text.str());
}

/// A file of value sets that cannot be used leaves the sets as they were: somebody must hear of it.
void tell_refused_sets(snapshot const& s) {
    for (auto const& wrong : s.settings.value_sets.refused)
        log::trouble(log::event::value_set_refused, wrong);
}

class daemon {
public:
    explicit daemon(std::string file)
        : file_(std::move(file)),
          first_(load_snapshot(file_)),
          memory_(open_store(first_->settings)),
          runtime_(first_, *memory_),
          signals_(io_, SIGHUP, SIGTERM, SIGINT),
          patience_(io_) {}

    int run() {
        listen();
        account("config.loaded");
        tell_refused_sets(*first_);
        runtime_.shortages.start();
        runtime_.outbound.start();
        runtime_.purging.start();
        wait_for_signal();
        log::say(log::event::ready, {{"smtps", smtps_->port()},
                                     {"submission", submission_->port()},
                                     {"https", https_->port()},
                                     {"admin", admin_->port()}});
        std::thread second([this] { io_.run(); });
        io_.run();
        second.join();
        // Delivery threads finish the attempts under way; one that hangs on a peer is left behind
        // when the time is over, and its lease returns at the next start.
        std::thread late([this] { stop_late(); });
        late.detach();
        runtime_.purging.stop();
        runtime_.outbound.drain();
        runtime_.cpu.join();
        runtime_.desk.join();
        runtime_.shortages.stop();
        log::say(log::event::stopped);
        return 0;
    }

private:
    void listen() {
        auto const& c = first_->settings;
        auto smtp_tls = [this] { return runtime_.now_in_force()->smtp_tls; };
        auto https_tls = [this] { return runtime_.now_in_force()->https_tls; };
        auto any = io_.get_executor();
        net::listener_options o;
        o.address = c.smtp.address;
        o.port = c.smtp.smtps_port;
        o.max_sessions = c.smtp.max_sessions;
        o.max_per_address = std::max<std::size_t>(1, c.smtp.max_sessions / 2);
        smtps_.emplace(any, o, smtp_tls, guarded(smtp_session(runtime_, smtp_port::implicit_tls)));
        o.port = c.smtp.submission_port;
        o.implicit_tls = false;
        submission_.emplace(any, o, smtp_tls, guarded(smtp_session(runtime_, smtp_port::starttls)));
        o.address = c.https.address;
        o.port = c.https.port;
        o.max_sessions = c.https.max_sessions;
        o.max_per_address = std::max<std::size_t>(1, c.https.max_sessions / 2);
        o.implicit_tls = true;
        https_.emplace(any, o, https_tls, guarded(https_session(runtime_)));
        o.address = c.admin.address;
        o.port = c.admin.port;
        o.max_sessions = 50;
        o.implicit_tls = false;
        admin_.emplace(any, o, nullptr, guarded(admin_session(runtime_)));
    }

    void account(char const* what) {
        memory_->record({what, "liaison", {{"sha256", digest_of_file(file_)}}}, now());
    }

    void wait_for_signal() {
        signals_.async_wait([this](boost::system::error_code error, int signal) {
            if (error) return;
            if (signal == SIGHUP) {
                reload();
                wait_for_signal();
            } else {
                stop();
            }
        });
    }

    void reload() {
        try {
            auto next = load_snapshot(file_);
            runtime_.replace(next);
            account("config.loaded");
            tell_refused_sets(*next);
            log::say(log::event::config_loaded);
        } catch (std::exception const& e) {
            // The settings in force stay; `liaison config check` says where.
            log::trouble(log::event::config_refused, e.what());
        }
    }

    void stop() {
        log::say(log::event::stopping);
        runtime_.closing = true;
        for (auto* l : {&smtps_, &submission_, &https_}) (*l)->stop();
        until_ = net::after(runtime_.settings()->drain);
        wait_for_sessions();
    }

    void wait_for_sessions() {
        auto live = smtps_->sessions() + submission_->sessions() + https_->sessions();
        if (live == 0 || std::chrono::steady_clock::now() >= until_) {
            admin_->stop();
            for (auto* l : {&smtps_, &submission_, &https_, &admin_}) (*l)->drop_sessions();
            patience_.expires_after(std::chrono::milliseconds{200});
            patience_.async_wait([this](boost::system::error_code) { io_.stop(); });
            return;
        }
        patience_.expires_after(std::chrono::milliseconds{50});
        patience_.async_wait([this](boost::system::error_code) { wait_for_sessions(); });
    }

    void stop_late() {
        auto most = net::after(std::chrono::seconds{1});
        std::this_thread::sleep_until(std::max(until_, most));
        log::say(log::event::stopped, {{"attempts", "left behind"}});
        std::_Exit(0);
    }

    std::string file_;
    std::shared_ptr<snapshot const> first_;
    std::unique_ptr<store> memory_;
    asio::io_context io_{2};
    runtime runtime_;
    asio::signal_set signals_;
    asio::steady_timer patience_;
    net::deadline until_{};
    std::optional<net::listener> smtps_, submission_, https_, admin_;
};
}  // namespace

int serve(std::string const& config_file) {
    machine::raise_descriptor_limit();
    log::say(log::event::started, {{"version", LIAISON_VERSION}});
    return daemon(config_file).run();
}
}  // namespace gateway
