/// METADATA.XML against the document: each field that lies is named, and a true entry says nothing.
#include "cda/xds_compare.hpp"

#include <functional>

#include "sample.hpp"

namespace {
cda::document sample_document() {
    auto text = sample();
    return std::get<cda::document>(cda::document::parse(text));
}
cda::xds_entry entry_of(cda::document const& d) {
    cda::document_facts facts;
    facts.symbolic_id = "Document01";
    facts.size = 1;
    return cda::derive_entry(d, facts);
}

TEST(MetadataAgreement, ATrueEntrySaysNothing) {
    auto d = sample_document();
    EXPECT_TRUE(cda::compare_entry(d, entry_of(d)).empty());
}
TEST(MetadataAgreement, TimesMayKeepTheirOffset) {
    auto d = sample_document();
    auto e = entry_of(d);
    e.creation_time = d.head().effective_time;
    EXPECT_TRUE(cda::compare_entry(d, e).empty());
}
// Another maker of archives may choose another of the document's ids, or name its type differently.
TEST(MetadataAgreement, WithoutAnInsAnyIdOfTheDocumentNamesThePatient) {
    auto text = with(sample(), "1.2.250.1.213.1.4.10", "1.2.250.1.999.7");
    auto d = std::get<cda::document>(cda::document::parse(text));
    ASSERT_FALSE(cda::ins_of(d.head().patient));
    ASSERT_FALSE(d.head().patient.ids.empty());
    for (auto const& id : d.head().patient.ids) {
        auto e = entry_of(d);
        e.patient_id = id.extension + "^^^&" + id.root + "&ISO^PI";
        EXPECT_TRUE(cda::compare_entry(d, e).empty()) << e.patient_id;
        e.patient_id = id.extension + "^^^&1.2.3&ISO^PI";
        EXPECT_FALSE(cda::compare_entry(d, e).empty()) << e.patient_id;
    }
}
TEST(MetadataAgreement, EachFieldThatDiffersIsNamed) {
    struct lie {
        char const *rule, *field;
        std::function<void(cda::xds_entry&)> tell;
    };
    auto d = sample_document();
    for (auto const& l : std::vector<lie>{
             {"XDM-09", "uniqueId", [](auto& e) { e.unique_id = "1.2.3"; }},
             {"XDM-09", "patientId", [](auto& e) { e.patient_id = "1^^^&1.2&ISO^NH"; }},
             {"XDM-09", "typeCode", [](auto& e) { e.type_code.code = "11490-0"; }},
             {"XDM-10", "classCode", [](auto& e) { e.class_code.code = "99"; }},
             {"XDM-10", "formatCode", [](auto& e) { e.format_code.code = "urn:x"; }},
             {"XDM-10", "healthcareFacilityTypeCode",
              [](auto& e) { e.facility_type.code = "SA05"; }},
             {"XDM-10", "practiceSettingCode", [](auto& e) { e.practice_setting.code = "HAD"; }},
             {"XDM-10", "confidentialityCode", [](auto& e) { e.confidentiality.clear(); }},
             {"XDM-10", "languageCode", [](auto& e) { e.language = "en-GB"; }},
             {"XDM-10", "mimeType", [](auto& e) { e.mime_type = "application/pdf"; }},
             {"XDM-10", "title", [](auto& e) { e.title = "Autre"; }},
             {"XDM-10", "creationTime", [](auto& e) { e.creation_time = "20200101000000"; }},
             {"XDM-10", "serviceStartTime", [](auto& e) { e.service_start = "20200101"; }},
             {"XDM-10", "serviceStopTime", [](auto& e) { e.service_stop = "20200101"; }},
             {"XDM-10", "sourcePatientId",
              [](auto& e) { e.source_patient_id = "X^^^&1.2&ISO^PI"; }},
             {"XDM-10", "legalAuthenticator", [](auto& e) { e.legal_authenticator = "8^X"; }},
             {"XDM-10", "author", [](auto& e) { e.authors.clear(); }},
         }) {
        auto e = entry_of(d);
        l.tell(e);
        auto found = cda::compare_entry(d, e);
        ASSERT_EQ(found.size(), 1U) << l.field;
        EXPECT_EQ(found[0].rule, l.rule) << l.field;
        EXPECT_NE(found[0].message.en.find(l.field), std::string::npos) << found[0].message.en;
        EXPECT_GT(found[0].line, 0) << l.field;
    }
}
}  // namespace
