#include "connectors/dmp/mtom.hpp"

#include <algorithm>

#include "cda/ascii.hpp"

namespace dmp {
namespace {
constexpr std::size_t most_parts = 1000;

using cda::ascii::lower;
std::string_view trim(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}
std::string bare_id(std::string_view id) {
    id = trim(id);
    if (id.size() >= 2 && id.front() == '<' && id.back() == '>') id = id.substr(1, id.size() - 2);
    return std::string(id);
}

struct raw_part {
    std::string id;
    std::string_view bytes;
    bool coded{false};  ///< a transfer encoding other than binary: not what MTOM carries
};

/// Headers up to the empty line, then the bytes.
bool read_part(std::string_view text, raw_part& out) {
    for (;;) {
        auto end = text.find('\n');
        if (end == std::string_view::npos) return false;
        auto line = trim(text.substr(0, end));
        text.remove_prefix(end + 1);
        if (line.empty()) break;
        auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;  // a folded line of another header
        auto name = lower(trim(line.substr(0, colon)));
        if (name == "content-id") out.id = bare_id(line.substr(colon + 1));
        if (name == "content-transfer-encoding") {
            auto coding = lower(trim(line.substr(colon + 1)));
            out.coded = coding != "binary" && coding != "8bit" && coding != "7bit";
        }
    }
    out.bytes = text;
    return true;
}

/// The next delimiter at or after `from`: at the start of a line. npos: none.
std::size_t next_delimiter(std::string_view body, std::string const& opening, std::size_t from) {
    for (auto at = body.find(opening, from); at != std::string_view::npos;
         at = body.find(opening, at + 1)) {
        if (at != 0 && body[at - 1] != '\n') continue;
        auto after = body.substr(at + opening.size());
        if (after.starts_with("--") || after.starts_with("\r\n") || after.starts_with("\n") ||
            after.starts_with(" ") || after.starts_with("\t"))
            return at;
    }
    return std::string_view::npos;
}
}  // namespace

std::string header_parameter(std::string_view header, std::string_view name) {
    auto wanted = lower(name);
    std::size_t at = header.find(';');
    while (at != std::string_view::npos) {
        auto rest = trim(header.substr(at + 1));
        auto equals = rest.find('=');
        if (equals == std::string_view::npos) return {};
        auto key = lower(trim(rest.substr(0, equals)));
        auto value = trim(rest.substr(equals + 1));
        std::string out;
        if (value.starts_with('"')) {
            std::size_t i = 1;
            for (; i < value.size() && value[i] != '"'; ++i) {
                if (value[i] == '\\' && i + 1 < value.size()) ++i;
                out += value[i];
            }
            value = value.substr(std::min(i + 1, value.size()));
        } else {
            auto end = std::min(value.find(';'), value.size());
            out = trim(value.substr(0, end));
            value = value.substr(end);
        }
        if (key == wanted) return out;
        header = value;
        at = header.find(';');
    }
    return {};
}

std::optional<mtom_message> read_mtom(std::string_view content_type, std::string_view body) {
    auto type = lower(trim(content_type.substr(0, content_type.find(';'))));
    mtom_message out;
    if (type != "multipart/related") {
        if (type != "application/soap+xml" && type != "text/xml" && type != "application/xml")
            return std::nullopt;
        out.root = body;
        return out;
    }
    auto boundary = header_parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > 70) return std::nullopt;
    auto opening = "--" + boundary;
    auto start = bare_id(header_parameter(content_type, "start"));
    bool rooted = false;
    auto at = next_delimiter(body, opening, 0);
    for (std::size_t count = 0;; ++count) {
        if (at == std::string_view::npos || count > most_parts) return std::nullopt;
        if (body.substr(at + opening.size()).starts_with("--")) break;
        auto line_end = body.find('\n', at);
        auto next = next_delimiter(body, opening, line_end + 1);
        if (next == std::string_view::npos) return std::nullopt;
        // The line end before a delimiter belongs to the delimiter, not to the document.
        auto end = next - 1;
        if (end > line_end && body[end - 1] == '\r') --end;
        raw_part p;
        if (end < line_end + 1 || !read_part(body.substr(line_end + 1, end - line_end - 1), p) ||
            p.coded)
            return std::nullopt;
        if (start.empty() ? count == 0 : p.id == start) {
            if (rooted) return std::nullopt;
            rooted = true;
            out.root = p.bytes;
        } else if (p.id.empty() || !out.parts.emplace(p.id, p.bytes).second) {
            return std::nullopt;
        }
        at = next;
    }
    if (!rooted) return std::nullopt;
    return out;
}

std::optional<std::string_view> part_of(mtom_message const& m, std::string_view href) {
    if (!href.starts_with("cid:")) return std::nullopt;
    href.remove_prefix(4);
    auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                      : -1;
    };
    std::string id;
    for (std::size_t i = 0; i < href.size(); ++i) {
        if (href[i] == '%' && i + 2 < href.size() && digit(href[i + 1]) >= 0 &&
            digit(href[i + 2]) >= 0) {
            id += static_cast<char>(digit(href[i + 1]) * 16 + digit(href[i + 2]));
            i += 2;
        } else {
            id += href[i];
        }
    }
    auto found = m.parts.find(id);
    if (found == m.parts.end()) found = m.parts.find(std::string(href));
    if (found == m.parts.end()) return std::nullopt;
    return found->second;
}
}  // namespace dmp
