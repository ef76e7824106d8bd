#include "gateway/sandbox/sandbox.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "certs/tls_profile.hpp"
#include "gateway/sandbox/dmp.hpp"
#include "gateway/sandbox/layout.hpp"
#include "gateway/sandbox/mailboxes.hpp"

namespace gateway::sandbox {
namespace asio = boost::asio;
namespace {
net::task<void> guard(net::session inner, std::unique_ptr<net::byte_stream> peer) {
    try {
        co_await inner(std::move(peer));
    } catch (dropped const&) {
        // Asked for: the connection closes without an answer.
    } catch (std::exception const& e) {
        std::cerr << "sandbox: " << e.what() << '\n';
    }
}
net::session guarded(net::session inner) {
    return [inner = std::move(inner)](std::unique_ptr<net::byte_stream> peer) {
        return guard(inner, std::move(peer));
    };
}

std::shared_ptr<SSL_CTX> server_tls(layout const& l, std::string const& name) {
    certs::tls_settings s;
    s.certificate = l.pki + "/" + name + ".crt";
    s.key = l.pki + "/" + name + ".key";
    s.trust = l.pki + "/ca.crt";
    s.crl = l.pki + "/crl.pem";
    s.peers = certs::client_certificate::required;
    return certs::server_context(s);
}
}  // namespace

int run(options const& o) {
    layout place(std::filesystem::absolute(o.dir).lexically_normal().string());
    std::filesystem::remove(place.dir + "/sandbox.json");
    place.prepare();
    auto p = choose_ports(o.port_base);

    registry known(place.dmp);
    faults planned(o.faults_file);
    dmp_settings dmp{place.pki + "/ca.crt", layout::structure};
    operator_settings mail{place.mail, place.domains};
    auto dmp_tls = server_tls(place, "dmp");
    auto operator_tls = server_tls(place, "operator");

    asio::io_context io;
    auto answer = dmp_handler(dmp, known, planned);
    net::session dmp_session = [&](std::unique_ptr<net::byte_stream> peer) {
        return http::serve(std::move(peer), answer, {});
    };
    net::listener_options at;
    at.port = p.dmp;
    net::listener dmp_port(
        io.get_executor(), at, [&] { return dmp_tls; }, guarded(dmp_session));
    at.port = p.smtps;
    net::listener smtps(
        io.get_executor(), at, [&] { return operator_tls; },
        guarded(operator_session(mail, planned, false)));
    at.port = p.starttls;
    at.implicit_tls = false;
    net::listener starttls(
        io.get_executor(), at, [&] { return operator_tls; },
        guarded(operator_session(mail, planned, true)));
    place.write_gateway_config(p);
    place.write_announcement(p);
    std::cout << "sandbox ready: " << place.dir << "/sandbox.json\n" << std::flush;

    asio::signal_set signals(io, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
    std::thread second([&] { io.run(); });
    io.run();
    second.join();
    return 0;
}
}  // namespace gateway::sandbox
