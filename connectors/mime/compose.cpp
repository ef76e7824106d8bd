/// Values into a mail. Every value loses its control characters first, so that none makes a header
/// of its own; the boundary comes from the Message-ID, so that a retry sends the same bytes.
#include <stdexcept>

#include "certs/digest.hpp"
#include "connectors/mime/gmime.hpp"
#include "connectors/mime/message.hpp"

namespace mime {
namespace {
using namespace detail;

std::string one_line(std::string in) {
    for (auto& c : in)
        if (static_cast<unsigned char>(c) < 32 || c == 127) c = ' ';
    return in;
}

void header(GMimeObject* part, char const* name, std::string const& value) {
    if (!value.empty()) g_mime_object_set_header(part, name, one_line(value).c_str(), "utf-8");
}

/// GMime wants the id without brackets.
std::string bare(std::string const& id) {
    auto text = one_line(id);
    if (text.size() > 2 && text.front() == '<' && text.back() == '>')
        return text.substr(1, text.size() - 2);
    return text;
}

std::string boundary_of(std::string const& message_id) {
    return "=_" + certs::sha256_hex(message_id).substr(0, 40);
}

std::string crlf(std::string const& in) {
    std::string out;
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] == '\n' && (i == 0 || in[i - 1] != '\r')) out += '\r';
        out += in[i];
    }
    return out;
}

std::string print(GMimeMessage* mail) {
    auto* form = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(form, GMIME_NEWLINE_FORMAT_DOS);
    g_mime_format_options_set_param_encoding_method(form, GMIME_PARAM_ENCODING_METHOD_RFC2231);
    owned_text out(g_mime_object_to_string(GMIME_OBJECT(mail), form));
    g_mime_format_options_free(form);
    auto all = text(out.get());
    return crlf(all.ends_with('\n') ? all : all + "\n");
}

void set_bytes(GMimePart* part, std::string const& bytes, GMimeContentEncoding encoding) {
    owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    owned<GMimeDataWrapper> wrapper(
        g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part, wrapper.get());
    g_mime_part_set_content_encoding(part, encoding);
}

owned<GMimePart> body_text(std::string const& text_utf8) {
    owned<GMimePart> part(GMIME_PART(g_mime_text_part_new_with_subtype("plain")));
    g_mime_text_part_set_charset(GMIME_TEXT_PART(part.get()), "UTF-8");
    set_bytes(part.get(), crlf(text_utf8), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    return part;
}

owned<GMimeMessage> envelope(std::string const& from, std::string const& display,
                             std::string const& to, std::string const& id,
                             std::string const& date) {
    owned<GMimeMessage> mail(g_mime_message_new(TRUE));
    owned<InternetAddress> sender(internet_address_mailbox_new(
        display.empty() ? nullptr : one_line(display).c_str(), one_line(from).c_str()));
    owned<InternetAddress> receiver(internet_address_mailbox_new(nullptr, one_line(to).c_str()));
    internet_address_list_add(g_mime_message_get_addresses(mail.get(), GMIME_ADDRESS_TYPE_FROM),
                              sender.get());
    internet_address_list_add(g_mime_message_get_addresses(mail.get(), GMIME_ADDRESS_TYPE_TO),
                              receiver.get());
    header(GMIME_OBJECT(mail.get()), "Date", date);
    g_mime_message_set_message_id(mail.get(), bare(id).c_str());
    header(GMIME_OBJECT(mail.get()), "MIME-Version", "1.0");
    return mail;
}
}  // namespace

std::string compose(outgoing const& o) {
    start();
    auto mail = envelope(o.from, o.from_display, o.to, o.message_id, o.date_rfc5322);
    auto* top = GMIME_OBJECT(mail.get());
    g_mime_message_set_subject(mail.get(), one_line(o.subject).c_str(), "utf-8");
    header(top, "Reply-To", o.reply_to);
    for (auto const& [name, value] : o.headers) header(top, name.c_str(), value);
    owned<GMimeMultipart> all(g_mime_multipart_new_with_subtype("mixed"));
    g_mime_multipart_set_boundary(all.get(), boundary_of(o.message_id).c_str());
    auto text_part = body_text(o.body);
    g_mime_multipart_add(all.get(), GMIME_OBJECT(text_part.get()));
    for (auto const& a : o.attachments) {
        auto slash = a.content_type.find('/');
        if (slash == std::string::npos) throw std::invalid_argument("a content type has no slash");
        owned<GMimePart> part(g_mime_part_new_with_type(a.content_type.substr(0, slash).c_str(),
                                                        a.content_type.substr(slash + 1).c_str()));
        g_mime_object_set_disposition(GMIME_OBJECT(part.get()), "attachment");
        g_mime_part_set_filename(part.get(), one_line(a.filename).c_str());
        set_bytes(part.get(), a.bytes, GMIME_CONTENT_ENCODING_BASE64);
        g_mime_multipart_add(all.get(), GMIME_OBJECT(part.get()));
    }
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(all.get()));
    return print(mail.get());
}

std::string compose_dsn(dsn const& d) {
    start();
    auto mail = envelope(d.from, "", d.to, d.message_id, d.date_rfc5322);
    auto* top = GMIME_OBJECT(mail.get());
    g_mime_message_set_subject(mail.get(), "Undelivered Mail Returned to Sender", "utf-8");
    header(top, "Auto-Submitted", "auto-replied");
    if (!d.original_message_id.empty()) {
        header(top, "In-Reply-To", d.original_message_id);
        header(top, "References", d.original_message_id);
    }
    owned<GMimeMultipart> all(g_mime_multipart_new_with_subtype("report"));
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(all.get()), "report-type",
                                             "delivery-status");
    g_mime_multipart_set_boundary(all.get(), boundary_of(d.message_id).c_str());
    auto text_part = body_text(d.human_text);
    g_mime_multipart_add(all.get(), GMIME_OBJECT(text_part.get()));

    auto status = "Reporting-MTA: dns; " + one_line(d.reporting_mta) + "\r\n";
    if (!d.original_envelope_id.empty())
        status += "Original-Envelope-Id: " + one_line(d.original_envelope_id) + "\r\n";
    for (auto const& r : d.recipients)
        status += "\r\nFinal-Recipient: rfc822; " + one_line(r.address) +
                  "\r\nAction: " + one_line(r.action) + "\r\nStatus: " + one_line(r.status) +
                  "\r\nDiagnostic-Code: " + one_line(r.diagnostic).substr(0, 900) + "\r\n";
    for (auto& c : status)
        if (static_cast<unsigned char>(c) > 126) c = '?';  // RFC 3464 §2.1: ASCII
    owned<GMimePart> report(g_mime_part_new_with_type("message", "delivery-status"));
    set_bytes(report.get(), status, GMIME_CONTENT_ENCODING_7BIT);
    g_mime_multipart_add(all.get(), GMIME_OBJECT(report.get()));

    if (!d.original_message_id.empty()) {
        owned<GMimePart> original(g_mime_part_new_with_type("text", "rfc822-headers"));
        set_bytes(original.get(), "Message-ID: " + one_line(d.original_message_id) + "\r\n",
                  GMIME_CONTENT_ENCODING_7BIT);
        g_mime_multipart_add(all.get(), GMIME_OBJECT(original.get()));
    }
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(all.get()));
    return print(mail.get());
}
}  // namespace mime
