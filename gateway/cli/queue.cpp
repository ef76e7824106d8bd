#include "gateway/cli/queue.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>

#include "connectors/http/client.hpp"
#include "gateway/config.hpp"

namespace gateway::cli {
namespace json = boost::json;
namespace {
class desk {
public:
    explicit desk(std::string const& config_file) {
        auto c = load_config(config_file);
        auto host = c.admin.address.find(':') == std::string::npos ? c.admin.address
                                                                   : "[" + c.admin.address + "]";
        base_ = "http://" + host + ":" + std::to_string(c.admin.port);
    }
    http::client_answer ask(std::string const& method, std::string const& path,
                            std::string const& actor = {}) const {
        http::client_request q;
        q.method = method;
        q.url = base_ + path;
        if (!actor.empty()) q.headers.emplace_back("X-Liaison-Actor", actor);
        auto said = http::exchange(q);
        if (said.reached != http::client_answer::reach::answered)
            throw std::runtime_error("no daemon answers on " + base_ + ": " + said.error);
        return said;
    }

private:
    std::string base_;
};

/// Ids end up in a path; anything but an id is no id.
void must_be_id(std::string const& id) {
    bool sound = !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
    });
    if (!sound) throw std::runtime_error("not an id: " + id);
}

/// Peers' words go to a terminal: without what a terminal would obey.
std::string text(json::value const& v, char const* key) {
    auto found = v.as_object().if_contains(key);
    auto out = found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    for (auto& c : out)
        if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
    return out;
}

void print(json::value const& d, bool whole) {
    auto const& to = d.at("destination");
    std::cout << text(d, "id") << "  " << text(d, "state") << "  " << text(to, "kind") << " "
              << text(to, "address");
    if (!text(d, "nextAttemptAt").empty()) std::cout << "  next " << text(d, "nextAttemptAt");
    if (!text(d, "reason").empty()) std::cout << "  " << text(d, "reason");
    std::cout << '\n';
    if (!whole) return;
    for (auto const& a : d.at("attempts").as_array())
        std::cout << "    " << text(a, "at") << "  " << text(a, "outcome") << "  "
                  << text(a, "peer") << '\n';
    for (auto const& r : d.at("receipts").as_array())
        std::cout << "    " << text(r, "at") << "  receipt " << text(r, "kind") << "  "
                  << text(r, "detail") << '\n';
}

int refused(http::client_answer const& said) {
    boost::system::error_code ec;
    auto body = json::parse(said.body, ec);
    auto why = ec || !body.is_object() ? std::string("HTTP ") + std::to_string(said.status)
                                       : text(body, "title") + " " + text(body, "detail");
    std::cerr << "error: " << why << '\n';
    if (ec || !body.is_object()) return 1;
    auto* found = body.as_object().if_contains("findings");
    char const* words = language_of_terminal() == language::fr ? "fr" : "en";
    for (std::size_t i = 0; found != nullptr && i < found->as_array().size(); ++i) {
        auto const& f = found->as_array()[i];
        std::cerr << text(f, "rule") << "  " << text(f.at("message"), words) << "\n    → "
                  << text(f.at("remedy"), words) << '\n';
    }
    return 1;
}
}  // namespace

int run_show(queue_request const& q) {
    must_be_id(q.id);
    desk d(q.config_file);
    auto said = d.ask("GET", "/v1/submissions/" + q.id);
    bool one = said.status == 404;
    if (one) said = d.ask("GET", "/v1/deliveries/" + q.id);
    if (said.status != 200) return refused(said);
    if (q.form == output::json) {
        std::cout << said.body << '\n';
        return 0;
    }
    auto body = json::parse(said.body);
    if (one) {
        print(body, true);
        return 0;
    }
    std::cout << text(body, "id") << "  " << text(body, "state") << "  " << text(body, "receivedAt")
              << "  from " << text(body, "emitter") << " by " << text(body, "channel") << '\n';
    if (auto purged = text(body, "contentsPurgedAt"); !purged.empty())
        std::cout << "  contents purged " << purged << '\n';
    for (auto const& doc : body.at("documents").as_array())
        std::cout << "  document " << text(doc, "uniqueId") << "  " << text(doc, "typeCode")
                  << '\n';
    for (auto const& delivery : body.at("deliveries").as_array()) print(delivery, true);
    return 0;
}

int run_list(queue_request const& q) {
    auto said = desk(q.config_file)
                    .ask("GET", "/v1/deliveries?limit=1000" +
                                    (q.state.empty() ? std::string{} : "&state=" + q.state));
    if (said.status != 200) return refused(said);
    auto body = json::parse(said.body);
    for (auto const& d : body.at("deliveries").as_array()) {
        if (q.form == output::json)
            std::cout << json::serialize(d) << '\n';
        else
            print(d, false);
    }
    return 0;
}

int run_act(queue_request const& q, std::string const& what) {
    must_be_id(q.id);
    auto said = desk(q.config_file).ask("POST", "/v1/deliveries/" + q.id + "/" + what, q.actor);
    if (said.status != 200) return refused(said);
    if (q.form == output::json)
        std::cout << said.body << '\n';
    else
        print(json::parse(said.body), false);
    return 0;
}
}  // namespace gateway::cli
