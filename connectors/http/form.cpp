/// multipart/form-data, read strictly. Source: RFC 7578 §4, RFC 2046 §5.1.1.
#include <algorithm>

#include "cda/ascii.hpp"
#include "connectors/http/message.hpp"

namespace http {
namespace {
constexpr std::size_t most_parts = 200;
constexpr std::size_t longest_head = 16U << 10;

using cda::ascii::lower;
std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// The value of `; name=value` or `; name="value"` in a header; false when malformed.
bool parameter(std::string_view header, std::string_view wanted, std::string& out) {
    auto semicolon = header.find(';');
    while (semicolon != std::string_view::npos) {
        header = trim(header.substr(semicolon + 1));
        auto equals = header.find('=');
        if (equals == std::string_view::npos) return false;
        auto name = lower(trim(header.substr(0, equals)));
        header = header.substr(equals + 1);
        std::string value;
        if (header.starts_with('"')) {
            std::size_t i = 1;
            for (; i < header.size() && header[i] != '"'; ++i) {
                if (header[i] == '\\' && i + 1 < header.size()) ++i;
                value += header[i];
            }
            if (i >= header.size()) return false;
            header = header.substr(i + 1);
        } else {
            auto end = std::min(header.find(';'), header.size());
            value = trim(header.substr(0, end));
            header = header.substr(end);
        }
        if (name == wanted) {
            out = value;
            return true;
        }
        semicolon = header.find(';');
    }
    return true;
}

bool read_head(std::string_view head, form_part& part) {
    bool disposed = false;
    while (!head.empty()) {
        auto end = head.find("\r\n");
        auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        if (line.empty() || line.front() == ' ' || line.front() == '\t') return false;
        auto colon = line.find(':');
        if (colon == std::string_view::npos) return false;
        auto name = lower(line.substr(0, colon));
        auto value = trim(line.substr(colon + 1));
        if (name == "content-disposition") {
            if (disposed || lower(trim(value.substr(0, value.find(';')))) != "form-data")
                return false;
            disposed = true;
            if (!parameter(value, "name", part.name) ||
                !parameter(value, "filename", part.filename))
                return false;
        } else if (name == "content-type") {
            part.content_type = lower(trim(value.substr(0, value.find(';'))));
        } else if (name == "content-transfer-encoding") {
            // Deprecated by RFC 7578 §4.7: a coded body would not be what we hash.
            auto coding = lower(value);
            if (coding != "binary" && coding != "8bit" && coding != "7bit") return false;
        }
    }
    return disposed && !part.name.empty();
}
}  // namespace

bool parse_form(std::string_view content_type, std::string_view body, std::vector<form_part>& out) {
    if (lower(trim(content_type.substr(0, content_type.find(';')))) != "multipart/form-data")
        return false;
    std::string boundary;
    if (!parameter(content_type, "boundary", boundary)) return false;
    if (boundary.empty() || boundary.size() > 70) return false;
    auto opening = "--" + boundary;
    auto delimiter = "\r\n--" + boundary;
    std::size_t at = 0;
    if (!body.starts_with(opening)) {  // a preamble is allowed and says nothing
        auto found = body.find(delimiter);
        if (found == std::string_view::npos) return false;
        at = found + 2;
    }
    at += opening.size();
    for (;;) {
        auto rest = body.substr(at);
        if (rest.starts_with("--")) return !out.empty();
        if (!rest.starts_with("\r\n") || out.size() == most_parts) return false;
        at += 2;
        auto head_end = body.find("\r\n\r\n", at);
        if (head_end == std::string_view::npos || head_end - at > longest_head) return false;
        auto next = body.find(delimiter, head_end + 2);
        if (next == std::string_view::npos) return false;
        form_part part;
        if (!read_head(body.substr(at, head_end - at), part)) return false;
        auto start = head_end + 4;
        part.body = start <= next ? body.substr(start, next - start) : std::string_view{};
        out.push_back(std::move(part));
        at = next + delimiter.size();
    }
}
}  // namespace http
