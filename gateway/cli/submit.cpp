#include "gateway/cli/submit.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "certs/digest.hpp"
#include "connectors/http/client.hpp"

namespace gateway::cli {
namespace json = boost::json;
namespace {
std::string read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    if (!in) throw std::runtime_error("cannot read " + path);
    return all.str();
}

void use_sandbox(submit_request& q) {
    auto about = json::parse(read_file(q.sandbox + "/sandbox.json"));
    auto path = [&](char const* key) {
        return q.sandbox + "/" + std::string(about.at("pki").at(key).as_string());
    };
    q.url = "https://localhost:" + std::to_string(about.at("gateway").at("https").as_int64());
    q.certificate = path("emitterCertificate");
    q.key = path("emitterKey");
    q.trust = path("ca");
}

std::string form_of(submit_request const& q, std::string const& boundary) {
    json::array to;
    for (auto const& r : q.recipients) to.emplace_back(r);
    json::object directives{{"dmp", q.dmp}, {"patient", q.patient}, {"recipients", std::move(to)}};
    std::string out = "--" + boundary +
                      "\r\nContent-Disposition: form-data; name=\"directives\"\r\n"
                      "Content-Type: application/json\r\n\r\n" +
                      json::serialize(directives);
    for (auto const& file : q.files)
        out += "\r\n--" + boundary +
               "\r\nContent-Disposition: form-data; name=\"document\"; filename=\"document\"\r\n"
               "Content-Type: application/octet-stream\r\n\r\n" +
               read_file(file);
    return out + "\r\n--" + boundary + "--\r\n";
}

void print_findings(json::value const& body) {
    auto list = body.as_object().if_contains("findings");
    if (list == nullptr) return;
    for (auto const& f : list->as_array())
        std::cout << f.at("rule").as_string().c_str() << "  "
                  << f.at("severity").as_string().c_str() << "  "
                  << f.at("location").as_string().c_str() << "  "
                  << f.at("message").at("fr").as_string().c_str() << " / "
                  << f.at("message").at("en").as_string().c_str() << '\n';
}
}  // namespace

int run_submit(submit_request q) {
    if (!q.sandbox.empty()) use_sandbox(q);
    if (q.url.empty()) throw std::runtime_error("--url (or --sandbox) is needed");
    auto boundary = "liaison-" + certs::uuid();
    auto body = form_of(q, boundary);
    http::client_request ask;
    ask.method = "POST";
    ask.url = q.url + "/v1/submissions" + (q.dry_run ? "?dry-run=true" : "");
    ask.headers = {{"Content-Type", "multipart/form-data; boundary=" + boundary}};
    if (!q.idempotency_key.empty()) ask.headers.emplace_back("Idempotency-Key", q.idempotency_key);
    ask.body = body;
    ask.certificate = q.certificate;
    ask.key = q.key;
    ask.trust = q.trust;
    auto said = http::exchange(ask);
    if (said.reached != http::client_answer::reach::answered)
        throw std::runtime_error("no answer from " + q.url + ": " + said.error);
    bool good = said.status == 201 || said.status == 200;
    if (q.form == output::json) {
        std::cout << said.body << '\n';
        return good ? 0 : 1;
    }
    boost::system::error_code ec;
    auto answer = json::parse(said.body, ec);
    if (ec || !answer.is_object())
        throw std::runtime_error("HTTP " + std::to_string(said.status) + " without JSON");
    if (good && !q.dry_run)
        std::cout << "accepted id=" << answer.at("id").as_string().c_str() << '\n';
    else
        std::cout << (good ? "acceptable" : "refused (HTTP " + std::to_string(said.status) + ")")
                  << '\n';
    print_findings(answer);
    return good ? 0 : 1;
}
}  // namespace gateway::cli
