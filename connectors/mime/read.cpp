/// A mail into values. What two readers could take differently is refused rather than guessed:
/// repeated structural headers, unfinished multiparts, broken transfer encodings, message/partial.
#include <algorithm>
#include <array>
#include <set>

#include "cda/ascii.hpp"
#include "cda/base64.hpp"
#include "cda/check.hpp"
#include "connectors/mime/gmime.hpp"
#include "connectors/mime/message.hpp"

namespace mime {
namespace {
using namespace detail;

struct refusal {
    char const* rule;
    std::string where;
};

using cda::ascii::lower;

/// The parser's own complaints that mean a second reading is possible.
void on_warning(gint64, GMimeParserWarning code, gchar const*, gpointer owner) {
    auto& worst = *static_cast<char const**>(owner);
    switch (code) {
        case GMIME_CRIT_CONFLICTING_HEADER:
        case GMIME_CRIT_CONFLICTING_PARAMETER:
        case GMIME_WARN_DUPLICATED_PARAMETER: worst = "MIME-05"; break;
        case GMIME_CRIT_NESTING_OVERFLOW: worst = "MIME-03"; break;
        case GMIME_CRIT_INVALID_HEADER_NAME:
        case GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY:
        case GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT:
        case GMIME_WARN_TRUNCATED_MESSAGE:
        case GMIME_WARN_MALFORMED_MESSAGE:
        case GMIME_WARN_MALFORMED_MULTIPART:
        case GMIME_WARN_INVALID_CONTENT_TYPE:
            if (worst == nullptr) worst = "MIME-01";
            break;
        default: break;
    }
}

void once(GMimeObject* part, std::string const& where) {
    static constexpr std::array names{"content-type",
                                      "content-transfer-encoding",
                                      "content-disposition",
                                      "content-id",
                                      "mime-version",
                                      "from",
                                      "subject",
                                      "message-id",
                                      "date",
                                      "to"};
    auto* list = g_mime_object_get_header_list(part);
    std::set<std::string> seen;
    for (int i = 0; i < g_mime_header_list_get_count(list); ++i) {
        auto name = lower(text(g_mime_header_get_name(g_mime_header_list_get_header_at(list, i))));
        if (std::find(names.begin(), names.end(), name) == names.end()) continue;
        if (!seen.insert(name).second)
            throw refusal{"MIME-05", std::string(where).append("/").append(name)};
    }
}

bool quoted_printable_is_sound(std::string_view in) {
    auto hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    };
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (static_cast<unsigned char>(in[i]) > 126) return false;
        if (in[i] != '=') continue;
        auto rest = in.substr(i + 1);
        while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) rest.remove_prefix(1);
        if (rest.empty() || rest[0] == '\n' || rest.starts_with("\r\n")) continue;
        if (i + 2 >= in.size() || !hex(in[i + 1]) || !hex(in[i + 2])) return false;
    }
    return true;
}

std::string decode_quoted_printable(std::string_view in) {
    auto value = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
    std::string out;
    for (std::size_t i = 0; i < in.size();) {
        if (in[i] != '=') {
            out += in[i++];
            continue;
        }
        auto end = in.find_first_not_of(" \t", i + 1);
        if (end == std::string_view::npos) break;
        if (in[end] == '\n') {
            i = end + 1;
        } else if (in[end] == '\r') {
            i = end + 2;
        } else {
            out += static_cast<char>(value(in[i + 1]) * 16 + value(in[i + 2]));
            i += 3;
        }
    }
    return out;
}

class reader {
public:
    reader(message& out, limits const& most) : out_(out), most_(most) {}

    void visit(GMimeObject* part, std::size_t depth, std::string const& where) {
        if (depth > most_.depth) throw refusal{"MIME-03", where};
        if (++count_ > most_.parts) throw refusal{"MIME-03", where};
        if (depth > 0) once(part, where);
        if (GMIME_IS_MULTIPART(part)) {
            auto* many = GMIME_MULTIPART(part);
            if (!many->write_end_boundary) throw refusal{"MIME-01", where + "/closing boundary"};
            for (int i = 0; i < g_mime_multipart_get_count(many); ++i)
                visit(g_mime_multipart_get_part(many, i), depth + 1,
                      where + "/" + std::to_string(i + 1));
        } else if (GMIME_IS_MESSAGE_PARTIAL(part)) {
            throw refusal{"MIME-01", where + "/message/partial"};
        } else if (GMIME_IS_PART(part)) {
            leaf(GMIME_PART(part), where);
        } else {
            // A forwarded message is somebody else's envelope: kept out, like any foreign leaf.
            out_.attachments.push_back({"", "message/rfc822", {}});
        }
    }

private:
    void leaf(GMimePart* part, std::string const& where) {
        attachment a;
        auto* type = g_mime_object_get_content_type(GMIME_OBJECT(part));
        a.content_type = lower(text(g_mime_content_type_get_media_type(type))) + "/" +
                         lower(text(g_mime_content_type_get_media_subtype(type)));
        a.filename = text(g_mime_part_get_filename(part));
        a.bytes = content(part, where);
        total_ += a.bytes.size();
        if (total_ > most_.bytes) throw refusal{"MIME-03", where};
        bool attached =
            lower(text(g_mime_object_get_disposition(GMIME_OBJECT(part)))) == "attachment";
        if (!told_ && a.content_type == "text/plain" && a.filename.empty() && !attached) {
            told_ = true;
            if (GMIME_IS_TEXT_PART(part))
                out_.text =
                    text(owned_text(g_mime_text_part_get_text(GMIME_TEXT_PART(part))).get());
            return;
        }
        out_.attachments.push_back(std::move(a));
    }

    static std::string content(GMimePart* part, std::string const& where) {
        auto* wrapper = g_mime_part_get_content(part);
        if (wrapper == nullptr) return {};
        auto* stream = g_mime_data_wrapper_get_stream(wrapper);
        g_mime_stream_reset(stream);
        owned<GMimeStream> memory(g_mime_stream_mem_new());
        if (g_mime_stream_write_to_stream(stream, memory.get()) < 0)
            throw refusal{"MIME-01", where};
        auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
        std::string raw(reinterpret_cast<char const*>(bytes->data), bytes->len);
        switch (g_mime_data_wrapper_get_encoding(wrapper)) {
            case GMIME_CONTENT_ENCODING_DEFAULT:
            case GMIME_CONTENT_ENCODING_7BIT:
            case GMIME_CONTENT_ENCODING_8BIT:
            case GMIME_CONTENT_ENCODING_BINARY:
                if (!known_encoding(part)) throw refusal{"MIME-02", where + "/encoding"};
                return raw;
            case GMIME_CONTENT_ENCODING_BASE64: {
                auto decoded = cda::decode_base64(raw);
                if (!decoded) throw refusal{"MIME-02", where + "/base64"};
                return std::move(*decoded);
            }
            case GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE:
                if (!quoted_printable_is_sound(raw))
                    throw refusal{"MIME-02", where + "/quoted-printable"};
                return decode_quoted_printable(raw);
            default: break;
        }
        throw refusal{"MIME-02", where + "/encoding"};
    }

    /// GMime takes an encoding that it does not know for none; we do not.
    static bool known_encoding(GMimePart* part) {
        auto* said = g_mime_object_get_header(GMIME_OBJECT(part), "Content-Transfer-Encoding");
        if (said == nullptr) return true;
        auto word = lower(said);
        word.erase(
            std::remove_if(word.begin(), word.end(), [](char c) { return c == ' ' || c == '\t'; }),
            word.end());
        return word == "7bit" || word == "8bit" || word == "binary";
    }

    message& out_;
    limits const& most_;
    std::size_t count_{0}, total_{0};
    bool told_{false};
};

std::string decoded(char const* value) {
    if (value == nullptr) return {};
    return text(owned_text(g_mime_utils_header_decode_text(nullptr, value)).get());
}

message read_or_throw(std::string_view bytes, limits const& most) {
    start();
    if (bytes.empty()) throw refusal{"MIME-01", "message"};
    if (bytes.size() > most.bytes) throw refusal{"MIME-03", "message"};
    char const* worst = nullptr;
    owned<GMimeStream> in(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    owned<GMimeParser> parser(g_mime_parser_new_with_stream(in.get()));
    g_mime_parser_set_persist_stream(parser.get(), TRUE);
    auto* options = g_mime_parser_options_new();
    g_mime_parser_options_set_warning_callback(options, on_warning, &worst);
    owned<GMimeMessage> mail(g_mime_parser_construct_message(parser.get(), options));
    g_mime_parser_options_free(options);
    if (!mail) throw refusal{"MIME-01", "message"};
    message out;
    auto* headers = g_mime_object_get_header_list(GMIME_OBJECT(mail.get()));
    for (int i = 0; i < g_mime_header_list_get_count(headers); ++i) {
        auto* h = g_mime_header_list_get_header_at(headers, i);
        out.headers.emplace_back(text(g_mime_header_get_name(h)),
                                 decoded(g_mime_header_get_raw_value(h)));
    }
    once(GMIME_OBJECT(mail.get()), "message");
    out.message_id = text(g_mime_message_get_message_id(mail.get()));
    if (!out.message_id.empty()) out.message_id = "<" + out.message_id + ">";
    out.subject = text(g_mime_message_get_subject(mail.get()));
    for (auto const& [name, value] : out.headers)
        if (lower(name) == "from") out.from = value;
    auto* top = g_mime_message_get_mime_part(mail.get());
    if (top == nullptr) throw refusal{"MIME-01", "message"};
    // Headers of the whole and of its only part are one list in GMime: looked at once, above.
    reader(out, most).visit(top, 0, "message");
    if (worst != nullptr) throw refusal{worst, "message"};
    return out;
}
}  // namespace

std::variant<message, cda::findings> read(std::string_view bytes, limits const& most) {
    try {
        return read_or_throw(bytes, most);
    } catch (refusal const& r) {
        return cda::findings{cda::catalogue::shipped().make(r.rule, r.where)};
    }
}
}  // namespace mime
