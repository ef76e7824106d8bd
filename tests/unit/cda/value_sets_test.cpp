/// Value sets: the official file format, what a broken file does, and a set that is not there.
#include "cda/value_sets.hpp"

#include "sample.hpp"

namespace {
std::string svs(std::string const& concepts, std::string const& oid = "1.2.3") {
    return "<RetrieveValueSetResponse xmlns=\"urn:ihe:iti:svs:2008\"><ValueSet id=\"" + oid +
           "\" displayName=\"JDV_Essai.tabs\" dateMaj=\"20250102000000\"><ConceptList>" + concepts +
           "</ConceptList></ValueSet></RetrieveValueSetResponse>";
}
TEST(ValueSets, ReadsTheOfficialFormat) {
    cda::value_sets sets;
    ASSERT_FALSE(
        sets.add_svs(svs("<Concept code=\"A\" codeSystem=\"1\" displayName=\"a\"/>"
                         "<Concept code=\"B\" codeSystem=\"2\" dateFin=\"20240101\"/>"
                         "<Concept code=\"C\" codeSystem=\"2\" dateFin=\"\"/>")));
    auto set = sets.find("1.2.3");
    ASSERT_NE(set, nullptr);
    EXPECT_EQ(set->name, "JDV_Essai");
    EXPECT_EQ(set->version, "20250102");
    EXPECT_TRUE(set->holds("A", "1"));
    EXPECT_FALSE(set->holds("A", "2"));
    EXPECT_FALSE(set->holds_code("B"));  // withdrawn
    EXPECT_TRUE(set->holds("C", "2"));
}
TEST(ValueSets, ABrokenFileChangesNothing) {
    cda::value_sets sets;
    ASSERT_FALSE(sets.add_svs(svs("<Concept code=\"A\" codeSystem=\"1\"/>")));
    for (auto const& bad :
         {std::string(""), std::string("<x/>"), svs(""), svs("<Concept code=\"B\"/>", "x"),
          "<!DOCTYPE a>" + svs("<Concept code=\"B\" codeSystem=\"1\"/>"),
          svs("<Concept code=\"B\" codeSystem=\"1\"/>").substr(0, 120)})
        EXPECT_TRUE(sets.add_svs(bad)) << bad;
    EXPECT_TRUE(sets.find("1.2.3")->holds("A", "1"));
    EXPECT_EQ(sets.all().size(), 1U);
}
TEST(ValueSets, AFileReplacesTheShippedSet) {
    auto sets = cda::value_sets::shipped();
    ASSERT_FALSE(
        sets.add_svs(svs("<Concept code=\"XX\" codeSystem=\"1\"/>", "1.2.250.1.213.1.1.5.471")));
    cda::check_options options;
    options.env = cda::environment::test;
    options.sets = &sets;
    auto text = sample();
    EXPECT_FALSE(cda::check({text}, options).accepted);
    EXPECT_TRUE(judge({text}).accepted);
}
TEST(ValueSets, ASetThatIsNotLoadedIsSaidOnceAndAcceptsNothingSilently) {
    cda::value_sets none;
    cda::check_options options;
    options.env = cda::environment::test;
    options.sets = &none;
    auto text = sample();
    auto v = cda::check({text}, options);
    std::size_t said = 0;
    for (auto const& f : v.found)
        if (f.rule == "JDV-01" && f.message.en.find("1.2.250.1.213.1.1.5.471") != std::string::npos)
            ++said;
    EXPECT_EQ(said, 1U);
}
TEST(ValueSets, TheVerdictNamesSetAndVersion) {
    auto v = judge({sample()});
    auto j07 = std::find_if(v.sets.begin(), v.sets.end(),
                            [](auto const& s) { return s.oid == "1.2.250.1.213.1.1.5.471"; });
    ASSERT_NE(j07, v.sets.end());
    EXPECT_EQ(j07->name, "JDV_J07_XdsTypeCode_CISIS");
    EXPECT_EQ(j07->version.size(), 8U);
}
}  // namespace
