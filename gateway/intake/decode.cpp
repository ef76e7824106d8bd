#include "gateway/intake/decode.hpp"

#include <algorithm>

#include "cda/check.hpp"
#include "connectors/mime/message.hpp"
#include "connectors/mssante/xdm.hpp"

namespace gateway {
namespace {
bool ends_with_nocase(std::string_view text, std::string_view tail) {
    if (text.size() < tail.size()) return false;
    auto end = text.substr(text.size() - tail.size());
    return std::equal(end.begin(), end.end(), tail.begin(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
    });
}
bool is_zip(std::string_view bytes) {
    return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

bool says_xml(mime::attachment const& a) {
    return a.content_type == "text/xml" || a.content_type == "application/xml" ||
           a.content_type.ends_with("+xml") || ends_with_nocase(a.filename, ".xml");
}
bool says_zip(mime::attachment const& a) {
    return is_zip(a.bytes) || a.content_type == "application/zip" ||
           a.content_type == "application/x-zip-compressed" || ends_with_nocase(a.filename, ".zip");
}

/// A document that stands both as an attachment and in the archive is one document.
std::size_t add(decoded& out, std::string bytes) {
    auto same = std::find(out.documents.begin(), out.documents.end(), bytes);
    auto index = static_cast<std::size_t>(same - out.documents.begin());
    if (same == out.documents.end()) out.documents.push_back(std::move(bytes));
    return index;
}

bool add_archive(decoded& out, std::string_view zip, cda::findings& found) {
    auto read = mssante::read_xdm(zip);
    if (auto bad = std::get_if<cda::findings>(&read)) {
        found = std::move(*bad);
        return false;
    }
    auto& content = std::get<mssante::xdm_content>(read);
    for (std::size_t i = 0; i < content.documents.size(); ++i) {
        auto index = add(out, std::move(content.documents[i].bytes));
        out.said.push_back({index, std::move(content.entries[i])});
    }
    return true;
}
}  // namespace

std::variant<decoded, cda::findings> decode_mail(std::string_view message) {
    auto read = mime::read(message);
    if (auto bad = std::get_if<cda::findings>(&read)) return std::move(*bad);
    auto& mail = std::get<mime::message>(read);
    decoded out;
    out.text = mail.text;
    out.message_id = mail.message_id;
    cda::findings found;
    for (auto& a : mail.attachments) {
        if (says_zip(a)) {
            if (!add_archive(out, a.bytes, found)) return found;
        } else if (says_xml(a)) {
            add(out, std::move(a.bytes));
        }
    }
    if (out.documents.empty())
        return cda::findings{cda::catalogue::shipped().make("MIME-04", "message")};
    return out;
}

std::variant<decoded, cda::findings> decode_upload(std::string_view bytes) {
    decoded out;
    cda::findings found;
    if (!is_zip(bytes))
        add(out, std::string(bytes));
    else if (!add_archive(out, bytes, found))
        return found;
    return out;
}
}  // namespace gateway
