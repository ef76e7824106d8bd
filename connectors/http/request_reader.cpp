#include "connectors/http/request_reader.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace http {
namespace beast = boost::beast;
namespace wire = boost::beast::http;

struct request_reader::state {
    wire::request_parser<wire::string_body> parser;
    bool checked{false}, continued{false}, shown{false};
};

request_reader::request_reader(server_limits const& limits) : state_(std::make_unique<state>()) {
    state_->parser.eager(true);
    state_->parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    state_->parser.body_limit(limits.body_bytes);
}
request_reader::~request_reader() = default;

namespace {
int status_of(beast::error_code const& error) {
    if (error == wire::error::body_limit) return 413;
    if (error == wire::error::header_limit || error == wire::error::buffer_overflow) return 431;
    if (error == wire::error::bad_version) return 505;
    return 400;
}

/// What two readers could take differently is refused (request smuggling, RFC 9112 §6.3).
int framing_fault(wire::request<wire::string_body> const& r) {
    auto lengths = r.count(wire::field::content_length);
    auto codings = r.count(wire::field::transfer_encoding);
    if (lengths > 1 || codings > 1 || (lengths > 0 && codings > 0)) return 400;
    if (codings == 1 && !beast::iequals(r[wire::field::transfer_encoding], "chunked")) return 501;
    if (r.version() == 11 && r.count(wire::field::host) != 1) return 400;
    if (r.version() != 11 && r.version() != 10) return 505;
    if (r.version() == 10 && codings > 0) return 400;
    return 0;
}
}  // namespace

std::size_t request_reader::feed(std::string_view bytes) {
    auto& p = state_->parser;
    beast::error_code error;
    std::size_t taken = 0;
    while (taken < bytes.size() && !p.is_done() && refused_ == 0) {
        // The header alone first, so that its framing is judged before a body byte is believed.
        p.eager(state_->checked);
        auto rest = bytes.substr(taken);
        // The last chunk alone has five bytes. Beast 1.81 asserts so when it meets less of it
        // twice, and a peer that trickles would stop the process.
        if (state_->checked && p.chunked() && rest.size() < 5) break;
        auto size = p.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        taken += size;
        if (error && error != wire::error::need_more) {
            refused_ = status_of(error);
            break;
        }
        if (p.is_header_done() && !state_->checked) {
            state_->checked = true;
            refused_ = framing_fault(p.get());
            break;
        }
        if (error == wire::error::need_more || size == 0) break;
    }
    return taken;
}

bool request_reader::done() const { return refused_ == 0 && state_->parser.is_done(); }

bool request_reader::wants_continue() {
    auto& s = *state_;
    if (!s.checked || s.continued || refused_ != 0 || s.parser.is_done()) return false;
    s.continued = true;
    return beast::iequals(s.parser.get()[wire::field::expect], "100-continue");
}

bool request_reader::keep_alive() const { return state_->parser.keep_alive(); }

bool request_reader::head_came() {
    bool first = state_->checked && refused_ == 0 && !state_->shown;
    if (first) state_->shown = true;
    return first;
}

namespace {
bool read_head(wire::request<wire::string_body> const& whole, request& out) {
    out = {};
    out.method = std::string(whole.method_string());
    out.target = std::string(whole.target());
    auto url = boost::urls::parse_origin_form(out.target);
    if (!url) return false;
    out.path = url->path();
    for (auto const& p : url->params())
        if (!p.key.empty() || p.has_value) out.query.emplace(p.key, p.value);
    for (auto const& field : whole)
        out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    return true;
}
}  // namespace

bool request_reader::peek(request& out) const { return read_head(state_->parser.get(), out); }

bool request_reader::take(request& out) {
    auto whole = state_->parser.release();
    if (!read_head(whole, out)) return false;
    out.body = std::move(whole.body());
    return true;
}
}  // namespace http
