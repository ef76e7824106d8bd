#include "gateway/sandbox/mailboxes.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <thread>

#include "cda/ascii.hpp"
#include "certs/digest.hpp"
#include "connectors/mssante/message_form.hpp"
#include "connectors/smtp/server.hpp"
#include "gateway/sandbox/put_file.hpp"

namespace gateway::sandbox {
namespace fs = std::filesystem;
namespace {
using cda::ascii::lower;

class operator_policy final : public smtp::policy {
public:
    operator_policy(operator_settings const& s, faults& f) : settings_(s), faults_(f) {}

    bool known_peer(net::peer const& peer) override { return !peer.subject.empty(); }
    net::task<bool> authenticate(std::string, std::string) override { co_return false; }
    std::optional<smtp::reply> mail(std::string const& from) override {
        if (auto told = stage("mail", "")) return told;
        if (!from.empty() && !trusted(from))
            return smtp::reply{550, "5.7.1", {"sender outside the trust space"}};
        return std::nullopt;
    }
    std::optional<smtp::reply> rcpt(std::string const& to) override {
        if (auto told = stage("rcpt", to)) return told;
        if (!mssante::valid_address(to) || to.find('/') != std::string::npos)
            return smtp::reply{553, "5.1.3", {"address malformed"}};
        if (!trusted(to)) return smtp::reply{550, "5.7.1", {"recipient outside the trust space"}};
        return std::nullopt;
    }
    net::task<smtp::reply> deliver(smtp::envelope envelope, std::string message) override {
        auto to = envelope.to.front().address;
        auto f = faults_.next("smtp", "data", to);
        if (f && f->action == "drop_before") throw dropped{};
        if (f && f->action == "delay") {
            auto executor = co_await boost::asio::this_coro::executor;
            boost::asio::steady_timer timer(executor, std::chrono::seconds{f->seconds});
            co_await timer.async_wait(boost::asio::use_awaitable);
        }
        if (f && f->action == "reply") co_return smtp::reply{f->number, "", {f->text}};
        for (auto const& r : envelope.to) store(lower(r.address), envelope.from, message);
        if (f && f->action == "drop_after") throw dropped{};
        co_return smtp::reply{250, "2.0.0", {"queued as " + certs::uuid()}};
    }

private:
    bool trusted(std::string const& address) const {
        auto domain = mssante::domain_of(address);
        return std::find(settings_.domains.begin(), settings_.domains.end(), domain) !=
               settings_.domains.end();
    }
    std::optional<smtp::reply> stage(char const* name, std::string const& recipient) {
        auto f = faults_.next("smtp", name, recipient);
        if (!f) return std::nullopt;
        if (f->action == "drop_before" || f->action == "drop_after") throw dropped{};
        if (f->action == "delay") {
            std::this_thread::sleep_for(std::chrono::seconds{f->seconds});
            return std::nullopt;
        }
        return smtp::reply{f->number, "", {f->text}};
    }
    void store(std::string const& to, std::string const& from, std::string const& message) const {
        auto box = make_maildir(settings_.mail_dir, to);
        auto name = certs::uuid() + ".sandbox";
        put_file(box + "/tmp/" + name,
                 "Return-Path: <" + from + ">\r\nDelivered-To: " + to + "\r\n" + message);
        fs::rename(box + "/tmp/" + name, box + "/new/" + name);
    }

    operator_settings const& settings_;
    faults& faults_;
};
}  // namespace

std::string make_maildir(std::string const& mail_dir, std::string const& address) {
    auto box = mail_dir + "/" + address;
    for (char const* part : {"tmp", "new", "cur"}) fs::create_directories(box + "/" + part);
    return box;
}

net::session operator_session(operator_settings const& s, faults& f, bool starttls) {
    return [&s, &f, starttls](std::unique_ptr<net::byte_stream> peer) -> net::task<void> {
        smtp::server_options o;
        o.host_name = "smtp.sandbox.example";
        o.starttls = starttls;
        return smtp::serve(std::move(peer), std::make_unique<operator_policy>(s, f), o);
    };
}
}  // namespace gateway::sandbox
