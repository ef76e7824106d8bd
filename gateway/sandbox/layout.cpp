#include "gateway/sandbox/layout.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>
#include <filesystem>

#include "certs/digest.hpp"
#include "certs/sandbox_pki.hpp"
#include "gateway/sandbox/mailboxes.hpp"
#include "gateway/sandbox/put_file.hpp"

namespace gateway::sandbox {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {
std::string number(std::uint16_t n) { return std::to_string(n); }

void put_new(std::string const& path, std::string const& text) {
    if (!fs::exists(path)) put_file(path, text + "\n", 0600);
}
std::string quoted(std::vector<std::string> const& list) {
    std::string out;
    for (auto const& item : list) out += (out.empty() ? "\"" : ", \"") + item + "\"";
    return "[" + out + "]";
}
}  // namespace

layout::layout(std::string folder)
    : dir(std::move(folder)),
      pki(dir + "/pki"),
      keys(dir + "/keys"),
      mail(dir + "/mail"),
      dmp(dir + "/dmp"),
      data(dir + "/data"),
      domains{"hopital.mssante.example", "cabinet.mssante.example", "labo.mssante.example",
              "patient.mssante.fr"},
      mailboxes{"dpi@hopital.mssante.example", "dr.exemple@cabinet.mssante.example",
                "secretariat@cabinet.mssante.example", "labo@labo.mssante.example"},
      emitter_address("dpi@hopital.mssante.example") {}

void layout::prepare() const {
    for (auto const& d : {dir, keys, mail, dmp, data}) fs::create_directories(d);
    fs::permissions(keys, fs::perms::owner_all);
    fs::permissions(data, fs::perms::owner_all);
    if (!fs::exists(pki + "/ca.crt")) {
        certs::sandbox_pki_options o;
        o.structure_id = structure;
        certs::make_sandbox_pki(pki, o);
    }
    put_new(keys + "/master", certs::hex(certs::random_bytes(32)));
    put_new(keys + "/seal", certs::hex(certs::random_bytes(32)));
    put_new(keys + "/homologation", "SANDBOX-000000");
    if (!fs::exists(keys + "/labo.scrypt")) {
        auto password = certs::hex(certs::random_bytes(12));
        auto token = certs::hex(certs::random_bytes(32));
        put_file(keys + "/labo.password", password + "\n", 0600);
        put_file(keys + "/labo.token", token + "\n", 0600);
        put_file(keys + "/labo.token.sha256", certs::sha256_hex(token) + "\n", 0600);
        put_file(keys + "/labo.scrypt", certs::hash_password(password) + "\n", 0600);
    }
    for (auto const& m : mailboxes) make_maildir(mail, m);
}

void layout::write_gateway_config(ports const& p) const {
    std::string t =
        "# A complete gateway against this sandbox. Paths are relative to this file.\n"
        "environment = \"test\"\n"
        "data = \"data\"\n"
        "host_name = \"gateway.sandbox.example\"\n"
        "drain_seconds = 10\n\n"
        "[keys]\nmaster_file = \"keys/master\"\nseal_file = \"keys/seal\"\n\n";
    auto tls = std::string(
        "certificate = \"pki/server.crt\"\nkey = \"pki/server.key\"\n"
        "trust = \"pki/ca.crt\"\nclient_crl = \"pki/crl.pem\"\n\n");
    t += "[smtp]\nsmtps_port = " + number(p.gateway_smtps) +
         "\nsubmission_port = " + number(p.submission) + "\n" + tls;
    t += "[https]\nport = " + number(p.https) + "\n" + tls;
    t += "[admin]\nport = " + number(p.admin) + "\n\n";
    t += "# The hospital's system, known by its certificate.\n[[emitter]]\nname = \"dpi\"\n"
         "certificate_names = [\"emitter.hopital.example\"]\nsenders = [\"" +
         emitter_address + "\"]\nmailbox = \"" + emitter_address + "\"\nstructure = \"" +
         structure + "\"\n\n";
    t += "# A laboratory, known by a password (SMTP) or a token (HTTPS); see keys/.\n"
         "[[emitter]]\nname = \"labo\"\nuser = \"labo\"\npassword_file = \"keys/labo.scrypt\"\n"
         "token_hash_file = \"keys/labo.token.sha256\"\nsenders = [\"labo@labo.mssante.example\"]\n"
         "mailbox = \"labo@labo.mssante.example\"\nstructure = \"" +
         std::string(structure) + "\"\n\n";
    auto dmp_url = "https://localhost:" + number(p.dmp);
    t +=
        "[dmp]\nrepository_url = \"" + dmp_url + "/repository\"\nregistry_url = \"" + dmp_url +
        "/registry\"\ncertificate = \"pki/gateway-client.crt\"\nkey = \"pki/gateway-client.key\"\n"
        "trust = \"pki/ca.crt\"\nseal_certificate = \"pki/seal.crt\"\nseal_key = \"pki/seal.key\"\n"
        "structure_id = \"" +
        std::string(structure) +
        "\"\nstructure_name = \"CH FICTIF\"\nsector = \"SA01^1.2.250.1.71.4.2.4\"\n"
        "source_id = \"1.2.250.1.999.7.42\"\nlps_id = \"SANDBOX\"\n"
        "lps_homologation_file = \"keys/homologation\"\nlookup_wait_seconds = 1\n\n";
    t += "[mssante]\nhost = \"localhost\"\nport = " + number(p.smtps) +
         "\nimplicit_tls = true\ncertificate = \"pki/gateway-client.crt\"\n"
         "key = \"pki/gateway-client.key\"\ntrust = \"pki/ca.crt\"\ndomains = " +
         quoted(domains) + "\nnil = \"SANDBOX\"\n\n";
    t += "[retry]\nfirst_seconds = 1\nmax_seconds = 5\nlifetime_hours = 1\nlease_seconds = 120\n";
    put_file(dir + "/gateway.toml", t);
}

void layout::write_announcement(ports const& p) const {
    json::array all_domains, boxes;
    for (auto const& d : domains) all_domains.emplace_back(d);
    for (auto const& m : mailboxes) boxes.emplace_back(m);
    json::object out{{"dmp", {{"url", "https://localhost:" + number(p.dmp)}}},
                     {"mssante",
                      {{"host", "localhost"},
                       {"smtps", p.smtps},
                       {"starttls", p.starttls},
                       {"domains", std::move(all_domains)},
                       {"mailboxes", std::move(boxes)}}},
                     {"pki",
                      {{"ca", "pki/ca.crt"},
                       {"emitterCertificate", "pki/emitter.crt"},
                       {"emitterKey", "pki/emitter.key"}}},
                     {"gateway",
                      {{"config", "gateway.toml"},
                       {"smtps", p.gateway_smtps},
                       {"submission", p.submission},
                       {"https", p.https},
                       {"admin", p.admin},
                       {"emitterAddress", emitter_address},
                       {"dmpAddress", "dmp@liaison.invalid"}}}};
    put_file(dir + "/sandbox.json", json::serialize(out) + "\n");
}

ports choose_ports(std::uint16_t base) {
    ports p;
    std::uint16_t* all[] = {&p.dmp,        &p.smtps, &p.starttls, &p.gateway_smtps,
                            &p.submission, &p.https, &p.admin};
    if (base != 0) {
        for (auto* one : all) *one = base++;
        return p;
    }
    // Held open together, so that no two are the same; freed when all are chosen.
    boost::asio::io_context io;
    using boost::asio::ip::tcp;
    std::vector<tcp::acceptor> held;
    for (auto* one : all) {
        held.emplace_back(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        *one = held.back().local_endpoint().port();
    }
    return p;
}
}  // namespace gateway::sandbox
