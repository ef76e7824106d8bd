/// Load on an SMTPS port: N sessions, each handing message after message over, for some seconds.
/// Prints one JSON object: messages a second and latencies from MAIL to the final 250.
/// Usage: smtp_load PORT CA CERT KEY FROM TO SESSIONS SECONDS DOCUMENT
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

#include "certs/digest.hpp"
#include "certs/tls_profile.hpp"
#include "connectors/net/tcp_stream.hpp"
#include "connectors/smtp/line_channel.hpp"

namespace {
using clock_type = std::chrono::steady_clock;

std::string read_file(char const* path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}
std::string between(std::string const& text, std::string const& before) {
    auto from = text.find(before) + before.size();
    return text.substr(from, text.find('"', from) - from);
}
void replace(std::string& text, std::string const& what, std::string const& with) {
    auto at = text.find(what);
    if (at == std::string::npos) throw std::runtime_error("the document lacks " + what);
    text.replace(at, what.size(), with);
}

struct plan {
    std::uint16_t port;
    std::shared_ptr<SSL_CTX> tls;
    std::string from, to, document;
    clock_type::time_point until;
};
struct tally {
    std::vector<double> milliseconds;
    std::string trouble;
};

/// Another document each time: its id and set change, and it is coded anew.
std::string message(plan const& p, int session, int number) {
    auto document = p.document;
    auto oid =
        "1.2.250.1.999.2.8." + std::to_string(100'000 + session) + "." + std::to_string(number);
    replace(document,
            "<id root=\"" +
                between(document, "<id root=\"1.2.250.1.999.2.8.").insert(0, "1.2.250.1.999.2.8."),
            "<id root=\"" + oid);
    replace(document, "<setId root=\"" + between(document, "<setId root=\""),
            "<setId root=\"" + oid + ".9");
    auto coded = certs::base64(document);
    std::string out =
        "From: <" + p.from + ">\r\nTo: <" + p.to + ">\r\nSubject: bench\r\nMessage-ID: <" + oid +
        "@bench.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nBonjour\r\n--b\r\nContent-Type: text/xml; "
        "name=a.xml\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n";
    for (std::size_t i = 0; i < coded.size(); i += 76) out += coded.substr(i, 76) + "\r\n";
    return out + "--b--\r\n.\r\n";
}

class session {
public:
    session(plan const& p, int number, tally& t) : plan_(p), number_(number), tally_(t) {}

    net::task<void> run() {
        auto dialled = co_await net::dial("127.0.0.1", plan_.port, plan_.tls,
                                          net::after(std::chrono::seconds{10}));
        if (!dialled) co_return fail("connect");
        stream_ = std::move(*dialled);
        auto sealed = co_await stream_->start_tls_as_client("localhost",
                                                            net::after(std::chrono::seconds{10}));
        if (!sealed) co_return fail("TLS");
        channel_.emplace(*stream_, std::chrono::seconds{30});
        auto good = co_await expect("220");
        if (good) good = co_await say("EHLO bench.example\r\n", "250");
        if (!good) co_return;
        for (int n = 0; clock_type::now() < plan_.until; ++n) {
            auto content = message(plan_, number_, n);
            auto begin = clock_type::now();
            good = co_await say("MAIL FROM:<" + plan_.from + ">\r\n", "250");
            if (good) good = co_await say("RCPT TO:<" + plan_.to + ">\r\n", "250");
            if (good) good = co_await say("DATA\r\n", "354");
            if (good) good = co_await say(std::move(content), "250");
            if (!good) co_return;
            std::chrono::duration<double, std::milli> took = clock_type::now() - begin;
            tally_.milliseconds.push_back(took.count());
        }
    }

private:
    void fail(std::string why) { tally_.trouble = std::move(why); }
    net::task<bool> say(std::string text, char const* code) {
        boost::asio::const_buffer b(text.data(), text.size());
        auto sent = co_await stream_->write_all(b, net::after(std::chrono::seconds{30}));
        if (!sent) fail("write");
        if (!sent) co_return false;
        auto good = co_await expect(code);
        co_return good;
    }
    net::task<bool> expect(char const* code) {
        std::string line;
        do {
            auto got =
                co_await channel_->read_line(line, 2000, net::after(std::chrono::seconds{30}));
            if (got != smtp::line_channel::status::line) {
                fail("read");
                co_return false;
            }
        } while (line.size() > 3 && line[3] == '-');
        if (!line.starts_with(code)) fail(line);
        co_return line.starts_with(code);
    }
    plan const& plan_;
    int number_;
    tally& tally_;
    std::unique_ptr<net::tcp_stream> stream_;
    std::optional<smtp::line_channel> channel_;
};
}  // namespace

int main(int argc, char** argv) {
    if (argc != 10) {
        std::cerr << "usage: smtp_load PORT CA CERT KEY FROM TO SESSIONS SECONDS DOCUMENT\n";
        return 2;
    }
    int sessions = std::stoi(argv[7]), seconds = std::stoi(argv[8]);
    plan p{static_cast<std::uint16_t>(std::stoi(argv[1])),
           certs::client_context({argv[3], argv[4], argv[2], "", {}}),
           argv[5],
           argv[6],
           read_file(argv[9]),
           clock_type::now() + std::chrono::seconds{seconds}};
    std::vector<tally> tallies(static_cast<std::size_t>(sessions));
    std::vector<std::unique_ptr<session>> all;
    boost::asio::io_context io;
    std::exception_ptr bug;
    int base = static_cast<int>(clock_type::now().time_since_epoch().count() % 1'000'000) * 100;
    for (int i = 0; i < sessions; ++i) {
        all.push_back(std::make_unique<session>(p, base + i, tallies[static_cast<std::size_t>(i)]));
        boost::asio::co_spawn(io, all.back()->run(), [&](std::exception_ptr e) {
            if (e) bug = e;
        });
    }
    auto begin = clock_type::now();
    io.run();
    std::chrono::duration<double> took = clock_type::now() - begin;
    if (bug) std::rethrow_exception(bug);
    std::vector<double> times;
    for (auto const& t : tallies) {
        times.insert(times.end(), t.milliseconds.begin(), t.milliseconds.end());
        if (!t.trouble.empty()) std::cerr << "session: " << t.trouble << '\n';
    }
    std::sort(times.begin(), times.end());
    auto at = [&](double share) {
        return times.empty()
                   ? 0.0
                   : times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    std::cout << boost::json::serialize(boost::json::object{
                     {"messages", times.size()},
                     {"perSecond", static_cast<double>(times.size()) / took.count()},
                     {"p50ms", at(0.5)},
                     {"p99ms", at(0.99)},
                     {"maxms", at(1)}})
              << '\n';
    return 0;
}
