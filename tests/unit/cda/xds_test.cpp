#include "cda/xds.hpp"

#include "cda/document_types.hpp"
#include "sample.hpp"

namespace {
cda::xds_entry entry(std::string const& text) {
    auto read = cda::document::parse(text);
    return cda::derive_entry(std::get<cda::document>(read),
                             {"Document01", std::string(40, 'a'), 1234, {}});
}
}  // namespace

TEST(Dtm, ConvertsToUtcWithACalendar) {
    EXPECT_EQ(cda::to_utc_dtm("20260115103000+0100"), "20260115093000");
    EXPECT_EQ(cda::to_utc_dtm("20260101003000+0100"), "20251231233000");
    EXPECT_EQ(cda::to_utc_dtm("20240301003000+0200"), "20240229223000");
    EXPECT_EQ(cda::to_utc_dtm("20231231233000-0530"), "20240101050000");
    EXPECT_EQ(cda::to_utc_dtm("20260131240000+0100"), "20260131230000");
    EXPECT_EQ(cda::to_utc_dtm("20260131240000"), "20260201000000");
    EXPECT_EQ(cda::to_utc_dtm("202601151030+0100"), "202601150930");
    EXPECT_EQ(cda::to_utc_dtm("20260115103000.250+0100"), "20260115093000");
}
TEST(Dtm, ADateStaysADate) {
    EXPECT_EQ(cda::to_utc_dtm("20260115"), "20260115");
    EXPECT_EQ(cda::to_utc_dtm("2026"), "2026");
}
TEST(Dtm, WhatIsNoTimeIsEmpty) { EXPECT_EQ(cda::to_utc_dtm("20261315"), ""); }

TEST(XdsEntry, ComesFromTheHeader) {
    auto e = entry(sample());
    EXPECT_EQ(e.mime_type, "text/xml");
    EXPECT_EQ(e.creation_time, "20260112163000");
    EXPECT_EQ(e.service_start, "20260108080000");
    EXPECT_EQ(e.service_stop, "20260112150000");
    EXPECT_EQ(e.legal_authenticator,
              "899999999991^INVENTE^PAUL^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS");
    ASSERT_EQ(e.authors.size(), 1U);
    EXPECT_EQ(e.authors[0].person, e.legal_authenticator);
    EXPECT_EQ(e.authors[0].institution, "CH FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1759999014");
    EXPECT_EQ(e.authors[0].specialty,
              "G15_10/SM26^Médecin - Qualifié en médecine générale (SM)^1.2.250.1.213.1.1.4.5");
    EXPECT_EQ(e.patient_id, "285057599900197^^^&1.2.250.1.213.1.4.10&ISO^NH");
    EXPECT_EQ(e.source_patient_id, "IPP-7001^^^&1.2.250.1.999.2.1&ISO^PI");
    EXPECT_EQ(e.source_patient_info, (std::vector<std::string>{"PID-5|FICTIVE^OCEANE^^^^^L",
                                                               "PID-7|19850517", "PID-8|F"}));
    EXPECT_EQ(e.class_code.code, "10");
    EXPECT_EQ(e.format_code.code, "urn:ihe:iti:xds-sd:pdf:2008");
    EXPECT_EQ(e.practice_setting.code, "ETABLISSEMENT");
    EXPECT_EQ(e.facility_type.code, "SA01");
    EXPECT_EQ(e.unique_id, "1.2.250.1.999.2.8.1001.1");
    EXPECT_EQ(e.size, "1234");
}
TEST(XdsEntry, ANameCannotForgeAComponent) {
    auto e =
        entry(with(sample(), "<family>INVENTE</family>", "<family>IN^V|E~N&amp;T\\E</family>"));
    EXPECT_NE(e.authors[0].person.find("IN\\S\\V\\F\\E\\R\\N\\T\\T\\E\\E"), std::string::npos);
}
TEST(XdsEntry, WithoutALocalIdTheInsIsTheSource) {
    auto e = entry(with(sample(), "<id root=\"1.2.250.1.999.2.1\" extension=\"IPP-7001\"/>", ""));
    EXPECT_EQ(e.source_patient_id, e.patient_id);
}
TEST(XdsEntry, ANationalIdentifierIsNeverTheLocalOne) {
    for (auto root : {"1.2.250.1.213.1.4.13", "1.2.250.1.213.1.4.2", "1.2.250.1.161.1.20.1.2"}) {
        auto before = std::string("<id root=\"") + root + "\" extension=\"X\"/>";
        auto e = entry(with(sample(), "<id root=\"1.2.250.1.999.2.1\"",
                            before + "<id root=\"1.2.250.1.999.2.1\""));
        EXPECT_EQ(e.source_patient_id, "IPP-7001^^^&1.2.250.1.999.2.1&ISO^PI") << root;
    }
}
TEST(XdsEntry, OrdersAccessionsAndStudiesAreReferences) {
    auto text = with(full(), "<order><id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/></order>",
                     "<order><id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/><p:accessionNumber "
                     "xmlns:p=\"urn:dicom-org:ps3-20\" root=\"1.2.9\" extension=\"A-1\"/></order>");
    EXPECT_EQ(entry(text).reference_ids,
              (std::vector<std::string>{"D-1^^^&1.2.250.1.999.2.3&ISO^urn:ihe:iti:xds:2013:order",
                                        "A-1^^^&1.2.9&ISO^urn:ihe:iti:xds:2013:accession"}));
    auto imaging = with(with(sample(), "code=\"34112-3\"", "code=\"18748-4\""), "<serviceEvent>",
                        "<serviceEvent><id root=\"1.2.840.99\"/>");
    EXPECT_EQ(entry(imaging).reference_ids,
              (std::vector<std::string>{"1.2.840.99^^^^urn:ihe:iti:xds:2016:studyInstanceUID"}));
}
TEST(XdsEntry, TheTypeHasTheLabelOfTheValueSetAndTheTitleIsOneLine) {
    auto e = entry(
        with(with(sample(), "displayName=\"CR hospitalier (séjour)\"", "displayName=\"Autre\""),
             "Compte rendu de séjour", "Compte  rendu\n  de séjour"));
    EXPECT_EQ(e.type_code.display_name, "CR hospitalier (séjour)");
    EXPECT_EQ(e.title, "Compte rendu de séjour");
}
TEST(DocumentTypes, TheFormatOfANonStructuredBodyFollowsItsMedium) {
    cda::header h;
    h.non_xml_body = true;
    h.body_media_type = "text/plain";
    EXPECT_EQ(cda::format_of(h).code, "urn:ihe:iti:xds-sd:text:2008");
    h.body_media_type = "image/jpeg";
    EXPECT_EQ(cda::format_of(h).code, "urn:ihe:iti-fr:xds-sd:jpeg:2010");
}
TEST(DocumentTypes, TheClassFollowsCodeAndSystem) {
    EXPECT_EQ(cda::class_of({"11502-2", "2.16.840.1.113883.6.1", ""})->code, "10");
    EXPECT_EQ(cda::class_of({"SYNTH", "1.2.250.1.213.1.1.4.12", ""})->code, "11");
    EXPECT_FALSE(cda::class_of({"11502-2", "1.2.250.1.213.1.1.4.12", ""}));
    EXPECT_FALSE(cda::class_of({"89233-1", "2.16.840.1.113883.6.1", ""}))
        << "the DMP has no class for it";
}
TEST(DocumentTypes, AStructuredLetterHasItsOwnFormat) {
    cda::header h;
    h.templates = {{"1.2.250.1.213.1.1.1.29", "2022.01"}};
    EXPECT_EQ(cda::format_of(h).code, "urn:asip:ci-sis:ldl-ses:2017");
    h.templates = {{"1.2.3", ""}};
    EXPECT_EQ(cda::format_of(h).code, "urn:asipSante:modelesHorsProfils:2011");
}
