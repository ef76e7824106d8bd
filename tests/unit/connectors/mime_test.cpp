#include <gtest/gtest.h>

#include "connectors/mime/message.hpp"

namespace {
std::string rule_of(std::string_view mail, mime::limits limits = {}) {
    auto read = mime::read(mail, limits);
    auto bad = std::get_if<cda::findings>(&read);
    return bad == nullptr ? "" : bad->front().rule;
}
std::string mixed(std::string const& parts, std::string const& end = "--b--\r\n") {
    return "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
           "boundary=b\r\n\r\n" +
           parts + end;
}
std::string attachment(std::string const& headers, std::string const& content) {
    return "--b\r\n" + headers + "\r\n" + content + "\r\n";
}
mime::outgoing sample() {
    mime::outgoing o;
    o.from = "a@hopital.mssante.example";
    o.to = "b@cabinet.mssante.example";
    o.subject = "Compte rendu médical d'une longueur qui demande plusieurs lignes d'en-tête codées";
    o.message_id = "<1@hopital.mssante.example>";
    o.date_rfc5322 = "Thu, 15 Jan 2026 09:31:05 +0000";
    o.body = "Été\n.point\nfin";
    o.headers = {{"X-MSS-NIL", "N1"}};
    o.attachments = {{"IHE_XDM.ZIP", "application/zip", std::string("PK\0\1\xff", 5)},
                     {"résumé.pdf", "application/pdf", std::string(1000, 'p')}};
    return o;
}

TEST(Mail, WhatWeComposeReadsBackUnchanged) {
    auto o = sample();
    auto read = mime::read(mime::compose(o));
    auto m = std::get<mime::message>(read);
    EXPECT_EQ(m.subject, o.subject);
    EXPECT_EQ(m.message_id, o.message_id);
    EXPECT_EQ(m.text, "Été\r\n.point\r\nfin");
    ASSERT_EQ(m.attachments.size(), 2U);
    EXPECT_EQ(m.attachments[0].bytes, o.attachments[0].bytes);
    EXPECT_EQ(m.attachments[1].filename, "résumé.pdf");
}
TEST(Mail, IsTheSameBytesForTheSameContent) {
    EXPECT_EQ(mime::compose(sample()), mime::compose(sample()));
    auto text = mime::compose(sample());
    for (std::size_t i = 0; i < text.size(); ++i) {
        ASSERT_TRUE(text[i] != '\n' || text[i - 1] == '\r');
        ASSERT_EQ(text[i] & 0x80, 0);
    }
}
TEST(Mail, NoValueMakesAHeaderOfItsOwn) {
    auto o = sample();
    o.subject = "x\r\nBcc: y@evil.example";
    o.headers = {{"X-MSS-NIL", "1\r\nBcc: y@evil.example"}};
    o.attachments[0].filename = "a\"\r\nBcc: y@evil.example";
    o.to = "b@c.example\r\nBcc: y@evil.example";
    EXPECT_EQ(mime::compose(o).find("\r\nBcc:"), std::string::npos);
}
TEST(Mail, ReadsBinaryTextAndCodedAttachmentsAsTheyAre) {
    auto read = mime::read(mixed(
        attachment("Content-Type: text/xml\r\nContent-Transfer-Encoding: 8bit\r\n", "<é/>\r\n") +
        attachment("Content-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n", "PGIvPg==") +
        attachment("Content-Type: text/xml\r\nContent-Transfer-Encoding: quoted-printable\r\n",
                   "<c a=3D\"=C3=A9\"=\r\n/>")));
    auto m = std::get<mime::message>(read);
    ASSERT_EQ(m.attachments.size(), 3U);
    EXPECT_EQ(m.attachments[0].bytes, "<é/>\r\n");
    EXPECT_EQ(m.attachments[1].bytes, "<b/>");
    EXPECT_EQ(m.attachments[2].bytes, "<c a=\"é\"/>");
}
TEST(Mail, RefusesBrokenEncodings) {
    auto coded = [](char const* encoding, char const* content) {
        return rule_of(
            mixed(attachment(std::string("Content-Type: text/xml\r\nContent-Transfer-Encoding: ") +
                                 encoding + "\r\n",
                             content)));
    };
    EXPECT_EQ(coded("base64", "PGIvPg="), "MIME-02");
    EXPECT_EQ(coded("base64", "PGIv!g=="), "MIME-02");
    EXPECT_EQ(coded("quoted-printable", "a=ZZ"), "MIME-02");
    EXPECT_EQ(coded("quoted-printable", "a=4"), "MIME-02");
    EXPECT_EQ(coded("x-uuencode", "begin 644 a"), "MIME-02");
    EXPECT_EQ(coded("x-unknown", "a"), "MIME-02");
}
TEST(Mail, RefusesBrokenStructures) {
    EXPECT_EQ(rule_of(""), "MIME-01");
    EXPECT_EQ(rule_of(mixed(attachment("Content-Type: text/xml\r\n", "<a/>"), "")), "MIME-01");
    EXPECT_EQ(rule_of(mixed(
                  attachment("Content-Type: message/partial; id=1; number=1; total=2\r\n", "x"))),
              "MIME-01");
    EXPECT_EQ(
        rule_of(mixed(attachment("Content-Type: text/xml\r\nContent-Type: text/plain\r\n", "x"))),
        "MIME-05");
    EXPECT_EQ(rule_of("Content-Type: text/xml\r\nContent-Type: text/plain\r\n\r\nx\r\n"),
              "MIME-05");
}
TEST(Mail, KeepsItsLimits) {
    std::string many;
    for (int i = 0; i < 300; ++i) many += attachment("Content-Type: text/xml\r\n", "x");
    EXPECT_EQ(rule_of(mixed(many)), "MIME-03");
    std::string deep = "MIME-Version: 1.0\r\n", tail;
    for (int i = 0; i < 40; ++i) {
        auto n = std::to_string(i);
        deep += "Content-Type: multipart/mixed; boundary=b" + n + "\r\n\r\n--b" + n + "\r\n";
        tail = "\r\n--b" + n + "--\r\n" + tail;
    }
    for (int i = 39; i >= 0; --i) deep += i == 39 ? "\r\nx" : "";
    std::string ends;
    for (int i = 39; i >= 0; --i) ends += "\r\n--b" + std::to_string(i) + "--\r\n";
    EXPECT_EQ(rule_of(deep + ends), "MIME-03");
    mime::limits small;
    small.bytes = 100;
    EXPECT_EQ(
        rule_of(mixed(attachment("Content-Type: text/xml\r\n", std::string(200, 'x'))), small),
        "MIME-03");
}
TEST(Dsn, SaysWhatFailedInTheFormOfRfc3464) {
    mime::dsn d;
    d.from = "postmaster@h.example";
    d.to = "dpi@h.example";
    d.message_id = "<dsn@h.example>";
    d.date_rfc5322 = "Thu, 15 Jan 2026 09:31:05 +0000";
    d.reporting_mta = "gateway.h.example";
    d.original_envelope_id = "E1";
    d.original_message_id = "<orig@h.example>";
    d.human_text = "La livraison a échoué.";
    d.recipients = {{"dr@c.example", "failed", "5.1.1", "smtp; 550 inconnu é\r\nX: y"}};
    auto text = mime::compose_dsn(d);
    EXPECT_NE(text.find("report-type=delivery-status"), std::string::npos);
    EXPECT_NE(
        text.find("Final-Recipient: rfc822; dr@c.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
        std::string::npos);
    EXPECT_EQ(text.find("\r\nX: y"), std::string::npos);
    auto read = mime::read(text);
    EXPECT_TRUE(std::holds_alternative<mime::message>(read));
}
}  // namespace
