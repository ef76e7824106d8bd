#include "connectors/mssante/xdm.hpp"

#include <gtest/gtest.h>

#include "../cda/sample.hpp"
#include "cda/xds.hpp"
#include "certs/digest.hpp"
#include "connectors/mssante/message_form.hpp"
#include "connectors/mssante/plain_text.hpp"

namespace {
cda::document document_of(std::string const& bytes) {
    return std::move(
        std::get<cda::document>(*std::make_unique<std::variant<cda::document, cda::findings>>(
            cda::document::parse(bytes))));
}
std::string archive(std::string const& bytes, std::string const& said_about) {
    auto entry = cda::derive_entry(document_of(said_about),
                                   {"Document01", certs::sha1_hex(bytes), bytes.size(), {}});
    entry.uri = "DOC00001.XML";
    cda::xds_submission_set set;
    set.submission_time = "20260115093105";
    set.unique_id = "1.2.3";
    set.source_id = "1.2.4";
    set.patient_id = entry.patient_id;
    set.content_type = {"03", "1.2.250.1.213.2.2", "Hospitalisation complète"};
    mssante::sender_facts sender;
    sender.organization = "CH FICTIF <&>";
    return mssante::make_xdm(sender, set, {entry}, {{"DOC00001.XML", bytes}});
}
std::string rule_of(std::string_view zip, mssante::xdm_limits limits = {}) {
    auto read = mssante::read_xdm(zip, limits);
    auto bad = std::get_if<cda::findings>(&read);
    return bad == nullptr ? "" : bad->front().rule;
}

TEST(Xdm, WhatWeMakeReadsBackByteForByte) {
    auto read = mssante::read_xdm(archive(sample(), sample()));
    auto& content = std::get<mssante::xdm_content>(read);
    ASSERT_EQ(content.documents.size(), 1U);
    EXPECT_EQ(content.documents[0].bytes, sample());
    EXPECT_EQ(content.documents[0].name, "DOC00001.XML");
}
TEST(Xdm, IsTheSameBytesForTheSameContent) {
    EXPECT_EQ(archive(sample(), sample()), archive(sample(), sample()));
}
TEST(Xdm, KeepsItsLimits) {
    mssante::xdm_limits limits;
    limits.total_bytes = 1000;
    EXPECT_EQ(rule_of(archive(sample(), sample()), limits), "XDM-03");
    limits = {};
    limits.entries = 3;
    EXPECT_EQ(rule_of(archive(sample(), sample()), limits), "XDM-03");
}
TEST(Xdm, EveryTruncationIsRefused) {
    auto whole = archive(sample(), sample());
    for (std::size_t size = 0; size < whole.size(); size += 97)
        EXPECT_NE(rule_of(std::string_view(whole).substr(0, size)), "") << size;
}

TEST(MessageForm, SubjectNamesDocumentAndBearer) {
    auto d = document_of(sample());
    EXPECT_EQ(mssante::subject({&d}),
              "XDM/1.0/DDM+CR hospitalier (séjour) FICTIVE OCEANE 17/05/1985");
    EXPECT_EQ(mssante::subject({&d, &d}), "XDM/1.0/DDM+2 documents FICTIVE OCEANE 17/05/1985");
    EXPECT_EQ(mssante::cda_codes({&d, &d}), "34112-3,34112-3");
}
TEST(MessageForm, PdfNameIsOneThatEveryFileSystemTakes) {
    auto d = document_of(with(sample(), "FICTIVE", "D'ÉPÉE/..\\Ñ"));
    auto name = mssante::pdf_name(d);
    EXPECT_TRUE(name.starts_with("20260108_CR-hospitalier--sejour-_")) << name;
    EXPECT_EQ(name.find_first_of("/\\'. ", 0), name.size() - 4) << name;
}
TEST(MessageForm, LabelIsCutAtFortyCharacters) {
    auto d = document_of(with(sample(), "displayName=\"CR hospitalier (séjour)\"",
                              "displayName=\"éééééééééééééééééééééééééééééééééééééééééééééé\""));
    auto subject = mssante::subject({&d});
    auto label = subject.substr(12, subject.find(" FICTIVE") - 12);
    EXPECT_EQ(label.size(), 80U);  // forty characters of two bytes
}
TEST(MessageForm, TheEmbeddedPdfIsGivenAsItIs) {
    EXPECT_EQ(mssante::pdf_of(document_of(sample())), "%PDF-1.4\n% fictif\n");
}
TEST(MessageForm, ANarrativeIsRenderedTheSameEveryTime) {
    auto body = R"(<structuredBody><component><section><title>Synthèse</title><text><paragraph>)" +
                std::string(3000, 'm') +
                R"(</paragraph><table><tbody><tr><td>TSH</td><td>1,95</td></tr></tbody></table>
                <list><item>un</item><item>deux</item></list></text></section></component></structuredBody>)";
    auto text = sample();
    auto from = text.find("<nonXMLBody>"), to = text.find("</nonXMLBody>") + 13;
    text.replace(from, to - from, body);
    auto one = mssante::pdf_of(document_of(text));
    EXPECT_TRUE(one.starts_with("%PDF-"));
    EXPECT_EQ(one, mssante::pdf_of(document_of(text)));
}
TEST(PlainText, LosesAccentsAndKeepsLetters) {
    EXPECT_EQ(mssante::without_accents("Éloïse Œuvrard-Nuñez’s ŁÓDŹ"),
              "Eloise OEuvrard-Nunez's LODZ");
    EXPECT_EQ(mssante::without_accents("日本"), "__");
    EXPECT_EQ(mssante::cut("éàü", 2), "éà");
}
}  // namespace
