/// One exchange with the DMP, and what it means for the queue. The table is data:
/// schemas/dmp_errors.toml. Source: dmp digest 11.1.
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "connectors/dmp/iti41.hpp"
#include "connectors/http/client.hpp"
#include "schemas/shipped.hpp"

namespace dmp {
namespace {
struct policy_table {
    std::map<std::string, disposition> codes;
    std::map<int, disposition> statuses;

    policy_table() {
        auto root = toml::parse(schemas::dmp_errors);
        auto class_of = [](toml::table const& t) {
            auto name = t.at("class").value<std::string>().value();
            if (name == "transient") return disposition::transient;
            if (name == "operator") return disposition::operator_attention;
            if (name == "permanent" || name == "duplicate") return disposition::permanent;
            throw std::runtime_error("dmp_errors: class " + name);
        };
        for (auto const& item : *root["error"].as_array())
            for (auto const& code : *item.as_table()->at("codes").as_array())
                codes[code.value<std::string>().value()] = class_of(*item.as_table());
        for (auto const& item : *root["http"].as_array())
            for (auto const& status : *item.as_table()->at("status").as_array())
                statuses[status.value<int>().value()] = class_of(*item.as_table());
    }
};
policy_table const& table() {
    static policy_table const one;
    return one;
}

std::string words(registry_error const& e) {
    return e.code + (e.context.empty() ? "" : ": " + e.context);
}

void judge_answer(registry_answer const& said, exchange& out) {
    out.object_refs = said.object_refs;
    switch (said.what) {
        case registry_answer::kind::success:
            out.what = disposition::delivered;
            out.detail = "Success";
            for (auto const& e : said.errors) out.detail += "; " + words(e);
            return;
        case registry_answer::kind::fault:
            out.code = said.fault_code;
            out.detail = "SOAP Fault " + said.fault_code + " " + said.fault_text;
            out.what = said.fault_code.find("Receiver") != std::string::npos ||
                               said.fault_code.find("Server") != std::string::npos
                           ? disposition::transient
                           : disposition::operator_attention;
            return;
        case registry_answer::kind::failure: {
            auto error = std::find_if(said.errors.begin(), said.errors.end(),
                                      [](auto const& e) { return e.severity != "Warning"; });
            if (error == said.errors.end()) {
                out.what = disposition::unknown;
                out.detail = "Failure without an error";
                return;
            }
            out.code = error->code;
            for (auto const& e : said.errors)
                out.detail += (out.detail.empty() ? "" : "; ") + words(e);
            auto known = table().codes.find(error->code);
            out.what = known == table().codes.end() ? disposition::permanent : known->second;
            return;
        }
        case registry_answer::kind::unreadable: break;
    }
    auto known = table().statuses.find(out.http_status);
    out.what = known != table().statuses.end() ? known->second
               : out.http_status >= 500        ? disposition::transient
               : out.http_status / 100 == 2    ? disposition::unknown
                                               : disposition::operator_attention;
    out.detail = "HTTP " + std::to_string(out.http_status) + " without a readable answer";
}
}  // namespace

exchange post(endpoint_settings const& e, std::string const& url, http_message const& message) {
    http::client_request q;
    q.method = "POST";
    q.url = url;
    q.headers = {{"Content-Type", message.content_type}};
    q.body = message.body;
    q.certificate = e.certificate;
    q.key = e.key;
    q.trust = e.trust;
    q.connect = e.connect;
    q.total = e.total;
    auto said = http::exchange(q);
    exchange out;
    using reach = http::client_answer::reach;
    if (said.reached != reach::answered) {
        out.detail = said.error;
        out.what = said.reached == reach::not_sent      ? disposition::transient
                   : said.reached == reach::tls_refused ? disposition::operator_attention
                                                        : disposition::unknown;
        return out;
    }
    out.http_status = said.status;
    auto wait = said.header("retry-after");
    long seconds = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    out.retry_after = std::chrono::seconds{std::clamp(seconds, 0L, 86'400L)};
    judge_answer(read_answer(said.header("content-type"), said.body), out);
    if (out.detail.size() > 1000) out.detail.resize(1000);
    return out;
}
}  // namespace dmp
