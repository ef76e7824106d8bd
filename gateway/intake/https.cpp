#include "gateway/intake/https.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <schemas/shipped.hpp>

#include "connectors/http/server.hpp"
#include "connectors/net/offload.hpp"
#include "gateway/admin/json.hpp"
#include "gateway/admin/problem.hpp"
#include "gateway/clock.hpp"
#include "gateway/directives.hpp"
#include "gateway/intake/decode.hpp"
#include "gateway/log/event.hpp"

namespace gateway {
namespace json = boost::json;
namespace {
constexpr std::size_t longest_key = 200;

http::response refused(int status, cda::findings const& found) {
    return problem(status, "The submission was refused", {}, found);
}
cda::findings one(char const* rule, std::string const& where) {
    return {cda::catalogue::shipped().make(rule, where)};
}

/// A media type without its parameters, lower case.
std::string media_type(std::string const& header) {
    auto text = header.substr(0, header.find(';'));
    std::erase(text, ' ');
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

emitter_settings const* who(snapshot const& s, http::request const& asked) {
    if (auto known = runtime::by_certificate(s, asked.peer)) return known;
    auto said = asked.header("Authorization");
    if (!said.starts_with("Bearer ")) return nullptr;
    return runtime::by_token(s, said.substr(7));
}
http::response stranger() {
    auto r = problem(401, "Not known", {}, one("AUTH-01", "TLS, Authorization"));
    r.headers.emplace_back("WWW-Authenticate", "Bearer");
    return r;
}

http::response later() {
    auto r = problem(503, "Try again later");
    r.headers.emplace_back("Retry-After", "5");
    return r;
}

/// One request, served on the cpu pool: it may check, commit and read.
class api {
public:
    api(runtime& r, std::shared_ptr<snapshot const> s, http::request const& q)
        : runtime_(r), in_force_(std::move(s)), asked_(q) {}

    http::response respond() {
        if (asked_.path == "/openapi.json") {
            if (asked_.method != "GET" && asked_.method != "HEAD") return wrong_method("GET, HEAD");
            return {200, {{"Content-Type", "application/json"}}, std::string(schemas::openapi)};
        }
        emitter_ = who(*in_force_, asked_);
        if (emitter_ == nullptr) return stranger();
        auto parts = segments(asked_.path);
        if (parts.size() >= 2 && parts[0] == "v1" && parts[1] == "submissions") {
            if (parts.size() == 2) return asked_.method == "POST" ? submit() : wrong_method("POST");
            bool reading = asked_.method == "GET" || asked_.method == "HEAD";
            if (parts.size() == 3) return reading ? show(parts[2]) : wrong_method("GET, HEAD");
            if (parts.size() == 5 && parts[3] == "documents")
                return reading ? content(parts[2], parts[4]) : wrong_method("GET, HEAD");
        }
        return problem(404, "Not found");
    }

private:
    http::response submit() {
        if (runtime_.closing) return later();
        handover h;
        h.channel = "https";
        h.idempotency_key = asked_.header("Idempotency-Key");
        if (h.idempotency_key.size() > longest_key)
            return refused(400, one("SUB-04", "Idempotency-Key"));
        auto mode = pipeline::mode::commit;
        auto query = asked_.query;
        auto dry = query.find("dry-run");
        if (dry != query.end()) {
            if (dry->second != "true" && dry->second != "false")
                return refused(400, one("SUB-04", "dry-run"));
            if (dry->second == "true") mode = pipeline::mode::dry_run;
            query.erase("dry-run");
        }
        cda::findings found;
        if (!read_body(h, query, found)) {
            if (mode == pipeline::mode::dry_run) return refused(422, found);
            auto no = runtime_.intake.refuse(emitter_->name, "https", std::move(found));
            return refused(422, no.found);
        }
        std::shared_ptr<config const> settings(in_force_, &in_force_->settings);
        auto said = runtime_.intake.accept(settings, *emitter_, std::move(h), mode);
        if (said.what == answer::kind::accepted) runtime_.outbound.wake();
        return to_response(said);
    }

    bool read_body(handover& h, std::multimap<std::string, std::string> const& query,
                   cda::findings& found) {
        auto wanted = parse_directives(query);
        std::vector<std::string> uploads;
        if (media_type(asked_.header("Content-Type")) == "multipart/form-data") {
            if (!query.empty()) {
                found = one("SUB-04", "query");
                return false;
            }
            std::vector<http::form_part> parts;
            if (!http::parse_form(asked_.header("Content-Type"), asked_.body, parts)) {
                found = one("HTTP-01", "body");
                return false;
            }
            bool told = false;
            for (auto& p : parts) {
                if (p.name == "document") {
                    uploads.push_back(std::move(p.body));
                } else if (p.name == "directives" && !told) {
                    wanted = parse_directives(std::string_view(p.body));
                    told = true;
                } else {
                    found = one("SUB-04", "part " + std::string(told ? "twice" : "unknown"));
                    return false;
                }
            }
        } else if (!asked_.body.empty()) {
            uploads.push_back(asked_.body);
        }
        if (auto bad = std::get_if<cda::findings>(&wanted)) {
            found = *bad;
            return false;
        }
        h.asked = std::get<directives>(wanted);
        for (auto const& bytes : uploads) {
            auto read = decode_upload(bytes);
            if (auto bad = std::get_if<cda::findings>(&read)) {
                found = *bad;
                return false;
            }
            auto& content = std::get<decoded>(read);
            for (auto& s : content.said) {
                s.document += h.documents.size();
                h.said.push_back(std::move(s));
            }
            for (auto& d : content.documents) h.documents.push_back(std::move(d));
        }
        if (h.documents.empty()) {
            found = one("SUB-03", "body");
            return false;
        }
        return true;
    }

    http::response to_response(answer const& said) {
        switch (said.what) {
            case answer::kind::accepted:
            case answer::kind::repeated: {
                auto view = runtime_.memory.view(said.id);
                json::value body = view ? to_json(*view) : json::object{{"id", said.id}};
                auto r = json_response(201, body);  // handed over twice: the same answer
                r.headers.emplace_back("Location", "/v1/submissions/" + said.id);
                return r;
            }
            case answer::kind::checked:
                return json_response(
                    200, json::object{{"accepted", true}, {"findings", to_json(said.found)}});
            case answer::kind::conflict: return refused(409, said.found);
            case answer::kind::unavailable: return later();
            case answer::kind::refused: break;
        }
        return refused(422, said.found);
    }

    /// Nobody learns of another emitter's submissions, not even that they exist.
    std::optional<submission_view> own(std::string const& id) {
        auto view = runtime_.memory.view(id);
        if (!view || view->emitter != emitter_->name) return std::nullopt;
        return view;
    }

    http::response show(std::string const& id) {
        auto view = own(id);
        if (!view) return problem(404, "Not found");
        return json_response(200, to_json(*view));
    }

    http::response content(std::string const& id, std::string const& number) {
        auto view = own(id);
        std::size_t n = 0;
        auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), n);
        if (!view || error != std::errc{} || end != number.data() + number.size() || n < 1 ||
            n > view->documents.size())
            return problem(404, "Not found");
        std::vector<stored_document> documents;
        try {
            documents = runtime_.memory.documents(id);
        } catch (content_purged const&) {
            return problem(410, "The content was purged", {}, one("RET-01", "documents/" + number));
        }
        auto& d = documents.at(n - 1);
        // Reading is an audited act: no account, no content.
        runtime_.memory.record({"content.read",
                                emitter_->name,
                                {{"submission", id}, {"uniqueId", d.unique_id}, {"by", "https"}}},
                               now());
        return {200,
                {{"Content-Type", "application/xml"},
                 {"Cache-Control", "no-store"},
                 {"X-Content-Type-Options", "nosniff"}},
                std::move(d.bytes)};
    }

    runtime& runtime_;
    std::shared_ptr<snapshot const> in_force_;
    http::request const& asked_;
    emitter_settings const* emitter_{nullptr};
};

/// For the balancer before this door, which is no emitter: yes or no, and at once.
http::response readiness(runtime& r, http::request const& head) {
    if (head.method != "GET") return wrong_method("GET");
    if (r.closing) return json_response(503, json::object{{"status", "closing"}});
    bool up = r.shortages.shortages().empty();
    return json_response(up ? 200 : 503, json::object{{"status", up ? "ready" : "short"}});
}

http::response serve_one(runtime& r, http::request const& asked) {
    try {
        return api(r, r.now_in_force(), asked).respond();
    } catch (store_unavailable const& trouble) {
        log::trouble(log::event::store_trouble, trouble.what());
        return later();
    } catch (std::exception const& bug) {
        log::trouble(log::event::session_bug, bug.what());
        return problem(500, "Internal error", "told to the administrator of the gateway");
    }
}
}  // namespace

net::session https_session(runtime& r) {
    return [&r](std::unique_ptr<net::byte_stream> peer) -> net::task<void> {
        http::server_limits limits;
        limits.body_bytes = r.now_in_force()->settings.https.max_body_bytes;
        http::handler answer = [&r](http::request asked) -> net::task<http::response> {
            auto job = [&r, q = std::move(asked)] { return serve_one(r, q); };
            auto said = co_await net::offload(r.cpu, std::move(job));
            co_return said;
        };
        http::gate known = [&r](http::request const& head) -> std::optional<http::response> {
            auto s = r.now_in_force();
            if (head.path == "/openapi.json") return std::nullopt;
            if (head.path == "/readyz") return readiness(r, head);
            if (who(*s, head) == nullptr) return stranger();
            // Before the body is sent, which may be large.
            bool stores = head.method == "POST" && !head.query.contains("dry-run");
            if (stores && !r.shortages.closed().empty()) {
                ++r.intake.counters.unavailable;
                return later();
            }
            return std::nullopt;
        };
        return http::serve(std::move(peer), std::move(answer), limits, std::move(known));
    };
}
}  // namespace gateway
