#include "gateway/admin/server.hpp"

#include <boost/json.hpp>
#include <charconv>

#include "connectors/http/server.hpp"
#include "connectors/net/offload.hpp"
#include "gateway/admin/json.hpp"
#include "gateway/admin/metrics.hpp"
#include "gateway/admin/problem.hpp"
#include "gateway/clock.hpp"
#include "gateway/log/event.hpp"

namespace gateway {
namespace json = boost::json;
namespace {
constexpr std::size_t most_listed = 1000;

/// A page of another site can reach a loopback port by a name that it owns (DNS rebinding).
bool host_is_ours(std::string host) {
    if (host.starts_with('[')) return host.substr(0, host.find(']') + 1) == "[::1]";
    host = host.substr(0, host.find(':'));
    return host == "localhost" || host == "127.0.0.1";
}

/// The address of a patient is personal data: the queue shows that it is one, not which.
json::object for_admin(delivery_view d) {
    if (d.kind == destination_kind::patient) d.address = "(patient)";
    return to_json(d);
}
json::object for_admin(submission_view s) {
    for (auto& d : s.deliveries)
        if (d.kind == destination_kind::patient) d.address = "(patient)";
    return to_json(s);
}

std::optional<delivery_state> state_named(std::string const& name) {
    using enum delivery_state;
    for (auto s : {queued, leased, deferred, delivered, failed, cancelled})
        if (name_of(s) == name) return s;
    return std::nullopt;
}

class desk {
public:
    desk(runtime& r, http::request const& q) : runtime_(r), asked_(q) {}

    http::response respond() {
        if (!host_is_ours(asked_.header("Host"))) return problem(421, "Not this host");
        auto parts = segments(asked_.path);
        bool reading = asked_.method == "GET" || asked_.method == "HEAD";
        if (parts.size() == 4 && parts[0] == "v1" && parts[1] == "deliveries") {
            if (asked_.method != "POST") return wrong_method("POST");
            return act(parts[2], parts[3]);
        }
        if (!reading) return wrong_method("GET, HEAD");
        if (asked_.path == "/metrics")
            return {200,
                    {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                    metrics_text(runtime_)};
        if (asked_.path == "/healthz") return json_response(200, json::object{{"status", "ok"}});
        if (asked_.path == "/readyz") return ready();
        if (asked_.path == "/v1/deliveries") return list();
        if (asked_.path == "/v1/ledger") return ledger();
        if (parts.size() == 3 && parts[0] == "v1" && parts[1] == "submissions") {
            auto view = runtime_.memory.view(parts[2]);
            return view ? json_response(200, for_admin(*view)) : problem(404, "Not found");
        }
        if (parts.size() == 3 && parts[0] == "v1" && parts[1] == "deliveries") {
            auto view = runtime_.memory.delivery(parts[2]);
            return view ? json_response(200, for_admin(*view)) : problem(404, "Not found");
        }
        return problem(404, "Not found");
    }

private:
    http::response ready() {
        json::array open;
        for (auto const& peer : runtime_.outbound.open_breakers()) open.emplace_back(peer);
        json::array missing;
        for (auto const& s : runtime_.shortages.shortages()) missing.emplace_back(s.name);
        // Without asking the store: balancers and admins want an answer above all when it has none.
        json::object counts;
        for (auto const& [state, n] : runtime_.shortages.queue()) counts[state] = n;
        bool up = !runtime_.closing && missing.empty();
        auto status = runtime_.closing ? "closing" : missing.empty() ? "ready" : "short";
        json::object body{{"status", status},
                          {"intake", runtime_.shortages.closed().empty() ? "open" : "closed"},
                          {"shortages", std::move(missing)},
                          {"queue", std::move(counts)},
                          {"breakersOpen", std::move(open)}};
        return json_response(up ? 200 : 503, body);
    }

    http::response list() {
        std::optional<delivery_state> wanted;
        std::size_t most = 100;
        for (auto const& [key, value] : asked_.query) {
            if (key == "state") {
                wanted = state_named(value);
                if (!wanted) return problem(400, "No such state");
            } else if (key == "limit") {
                auto [end, error] =
                    std::from_chars(value.data(), value.data() + value.size(), most);
                if (error != std::errc{} || end != value.data() + value.size())
                    return problem(400, "limit is a number");
                most = std::min(most, most_listed);
            } else {
                return problem(400, "Parameter not known");
            }
        }
        json::array out;
        for (auto& d : runtime_.memory.list(wanted, most)) out.push_back(for_admin(std::move(d)));
        return json_response(200, json::object{{"deliveries", std::move(out)}});
    }

    http::response ledger() {
        auto report = runtime_.memory.verify_ledger();
        json::object body{{"valid", report.valid},
                          {"events", report.events},
                          {"seals", report.seals},
                          {"head", report.head}};
        if (!report.valid) {
            body["badSequence"] = report.bad_sequence;
            body["reason"] = report.reason;
        }
        return json_response(200, body);
    }

    bool purged(std::string const& submission) {
        auto view = runtime_.memory.view(submission);
        return view && view->purged_at != 0;
    }

    /// retry and cancel, by a person who is named in the account. A form of another site cannot
    /// send the header that names him.
    http::response act(std::string const& id, std::string const& what) {
        auto actor = asked_.header("X-Liaison-Actor");
        if (actor.empty() || actor.size() > 64)
            return problem(400, "X-Liaison-Actor must name who asks");
        bool done = false;
        if (what == "retry")
            done = runtime_.memory.retry(id, actor, runtime_.memory.time());
        else if (what == "cancel")
            done =
                runtime_.memory.cancel(id, actor, "cancelled by " + actor, runtime_.memory.time());
        else
            return problem(404, "Not found");
        auto view = runtime_.memory.delivery(id);
        if (!view) return problem(404, "Not found");
        if (!done && what == "retry" && purged(view->submission))
            return problem(409, "Not possible: the contents were purged", {},
                           {cda::catalogue::shipped().make("RET-01", "submission")});
        if (!done)
            return problem(409, "Not possible in this state",
                           "the delivery is " + std::string(name_of(view->state)));
        runtime_.outbound.wake();
        return json_response(200, for_admin(*view));
    }

    runtime& runtime_;
    http::request const& asked_;
};

http::response serve_one(runtime& r, http::request const& asked) {
    try {
        return desk(r, asked).respond();
    } catch (std::exception const& trouble) {
        log::trouble(log::event::store_trouble, trouble.what());
        return problem(503, "Not able to answer now");
    }
}
}  // namespace

net::session admin_session(runtime& r) {
    return [&r](std::unique_ptr<net::byte_stream> peer) -> net::task<void> {
        http::server_limits limits;
        limits.body_bytes = 64U << 10;
        http::handler answer = [&r](http::request asked) -> net::task<http::response> {
            auto job = [&r, q = std::move(asked)] { return serve_one(r, q); };
            auto said = co_await net::offload(r.desk, std::move(job));
            co_return said;
        };
        return http::serve(std::move(peer), std::move(answer), limits);
    };
}
}  // namespace gateway
