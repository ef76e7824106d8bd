#include <cstdlib>
#include <filesystem>
#include <map>
#include <pugixml.hpp>

#include "cda/xds_signature.hpp"
#include "sample.hpp"

namespace {
struct lot {
    pugi::xml_document tree;
    cda::xds_submission_set set;
    lot() {
        auto read = cda::document::parse(sample());
        auto entry = cda::derive_entry(std::get<cda::document>(read),
                                       {"Document01", std::string(40, 'a'), 12, {}});
        entry.replaces_entry = "urn:uuid:00000000-0000-4000-8000-000000000001";
        set.submission_time = "20260115093105";
        set.title = "a <title> & more";
        set.author = entry.authors[0];
        set.content_type = {"03", "1.2.250.1.213.2.2", "Hospitalisation complète"};
        set.patient_id = entry.patient_id;
        set.source_id = "1.2.250.1.999.1.7";
        set.unique_id = "2.25.7";
        auto signature = cda::signature_entry(
            set, entry, {"2.25.8", "20260115093105", std::string(40, 'b'), 99});
        cda::append_submit_objects(tree, set, {entry}, &signature);
    }
    int count(char const* path) { return static_cast<int>(tree.select_nodes(path).size()); }
};
}  // namespace

TEST(XdsWriter, MatchesTheOfficialSchema) {
    auto schema = std::filesystem::path(LIAISON_SHARED "/spec/xds-schemas/lcm.xsd");
    if (!std::filesystem::exists(schema))
        GTEST_SKIP() << "the official schemas are not beside the checkout";
    auto file = testing::TempDir() + "submit_objects.xml";
    ASSERT_TRUE(lot().tree.save_file(file.c_str()));
    EXPECT_EQ(
        std::system(("xmllint --nonet --noout --schema " + schema.string() + " " + file).c_str()),
        0);
}
TEST(XdsWriter, EverySmallObjectHasItsOwnId) {
    lot l;
    std::map<std::string, int> seen;
    for (auto const& n : l.tree.select_nodes("//*[@id]")) ++seen[n.node().attribute("id").value()];
    for (auto const& [id, times] : seen) EXPECT_EQ(times, 1) << id;
    EXPECT_GT(seen.size(), 20U);
}
TEST(XdsWriter, TheSignatureIsAMemberSignsTheLotAndIsMasked) {
    lot l;
    EXPECT_EQ(l.count("//rim:Association[contains(@associationType,'HasMember')]"), 2);
    EXPECT_EQ(l.count("//rim:Association[contains(@associationType,':signs') and "
                      "@sourceObject='Signature01' and @targetObject='SubmissionSet01']"),
              1);
    EXPECT_EQ(l.count("//rim:ExtrinsicObject[@id='Signature01']/"
                      "rim:Classification[@nodeRepresentation='MASQUE_PS' or "
                      "@nodeRepresentation='INVISIBLE_PATIENT' or @nodeRepresentation='N']"),
              3);
}
TEST(XdsWriter, AReplacementNamesTheEntryItReplaces) {
    EXPECT_EQ(
        lot().count("//rim:Association[@associationType='urn:ihe:iti:2007:AssociationType:RPLC' "
                    "and @sourceObject='Document01' and "
                    "@targetObject='urn:uuid:00000000-0000-4000-8000-000000000001']"),
        1);
}
TEST(XdsWriter, NothingIsWrittenForUnknownValues) {
    EXPECT_EQ(lot().count("//rim:Value[not(text())]"), 0);
}
