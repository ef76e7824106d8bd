/// An establishment's overrides: in force, ended, and those that nobody may make.
#include "cda/overrides.hpp"

#include "sample.hpp"

namespace {
cda::verdict judged(std::string const& text, cda::rule_override o) {
    cda::check_options options;
    options.env = cda::environment::test;
    options.today = "20260110";
    options.overrides = {std::move(o)};
    return cda::check({text}, options);
}
std::string broken() {
    return with(sample(), "<realmCode code=\"FR\"/>", "<realmCode code=\"US\"/>");
}
cda::rule_override lowered(char const* rule, char const* until) {
    return {rule, cda::severity::warning, "essai", "Dr Fictif", until};
}

TEST(Override, LetsOneRulePassUntilItsLastDay) {
    for (auto until : {"20260110", "20270101"}) {
        auto v = judged(broken(), lowered("HDR-003", until));
        EXPECT_TRUE(v.accepted) << until;
        ASSERT_EQ(v.overrides_used.size(), 1U);
        for (auto const& f : v.found)
            if (f.rule == "HDR-003") {
                EXPECT_EQ(f.level, cda::severity::warning);
                EXPECT_NE(f.note.en.find("Dr Fictif"), std::string::npos);
            }
    }
}
TEST(Override, ThatHasEndedStopsWorkingAndSaysSo) {
    auto v = judged(broken(), lowered("HDR-003", "20260109"));
    EXPECT_FALSE(v.accepted);
    EXPECT_TRUE(v.overrides_used.empty());
    bool said = false;
    for (auto const& f : v.found)
        said = said || (f.rule == "HDR-003" &&
                        f.note.fr.find("a pris fin le 2026-01-09") != std::string::npos);
    EXPECT_TRUE(said);
}
TEST(Override, DoesNotTouchAnotherRule) {
    EXPECT_FALSE(
        judged(with(broken(), "<languageCode code=\"fr-FR\"/>", ""), lowered("HDR-003", "20270101"))
            .accepted);
}
TEST(Override, CannotLowerSafetyOrIdentity) {
    auto wrong_ins = with(sample(), "285057599900197", "28505759990019");
    EXPECT_FALSE(judged(wrong_ins, lowered("INS-01", "20270101")).accepted);
    for (auto rule : {"XML-03", "INS-02", "SUB-01", "CDA-02", "HDR-001", "XDM-09", "STR-01"})
        EXPECT_FALSE(cda::may_override(rule)) << rule;
    EXPECT_TRUE(cda::may_override("HDR-003"));
}
TEST(Override, DoesNotLetAPatientOfAnotherNamespaceStandInFront) {
    auto text = with(sample(), "<recordTarget>",
                     "<x:recordTarget xmlns:x=\"urn:x\"><x:patientRole/></x:recordTarget>"
                     "<recordTarget>");
    EXPECT_FALSE(judged(text, lowered("STR-01", "20270101")).accepted);
}
TEST(Override, OfOneRuleDoesNotHideTheErrorOfAnotherInALongVerdict) {
    auto text = with(broken(), ">JVBER", ">@@@JVBER");
    cda::check_options options;
    options.env = cda::environment::test;
    options.today = "20260110";
    options.overrides = {lowered("HDR-003", "20270101")};
    options.most_findings = 1;
    auto v = cda::check({text}, options);
    EXPECT_TRUE(has(v, "CDA-02"));
    EXPECT_FALSE(v.accepted);
}
TEST(Override, MayRaiseAWarning) {
    auto text = with(sample(), "<effectiveTime value=\"20260112173000+0100\"/>",
                     "<effectiveTime value=\"20260112\"/>");
    EXPECT_TRUE(judge({text}).accepted);
    EXPECT_FALSE(
        judged(text, {"HDR-014", cda::severity::error, "essai", "Dr Fictif", "20270101"}).accepted);
}
}  // namespace
