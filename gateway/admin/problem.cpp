#include "gateway/admin/problem.hpp"

#include <boost/json.hpp>

#include "gateway/admin/json.hpp"

namespace gateway {
namespace json = boost::json;

http::response json_response(int status, json::value const& body) {
    return {status,
            {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
            json::serialize(body)};
}

http::response problem(int status, std::string const& title, std::string const& detail,
                       cda::findings const& found) {
    json::object body{{"type", "about:blank"}, {"title", title}, {"status", status}};
    if (!detail.empty()) body["detail"] = detail;
    if (!found.empty()) {
        body["type"] = "urn:liaison:problem:refused";
        body["findings"] = to_json(found);
    }
    return {status,
            {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
            json::serialize(body)};
}

http::response wrong_method(std::string const& allowed) {
    auto r = problem(405, "Method not allowed");
    r.headers.emplace_back("Allow", allowed);
    return r;
}

std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> out;
    while (!path.empty()) {
        path.remove_prefix(1);
        auto end = std::min(path.find('/'), path.size());
        out.emplace_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return out;
}
}  // namespace gateway
