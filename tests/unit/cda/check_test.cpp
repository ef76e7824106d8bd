#include <filesystem>

#include "sample.hpp"

TEST(Check, EveryHeaderRuleRefusesItsFaultOnTheRightLine) {
    for (auto const& f :
         {fault{"HDR-002", "POCD_HD000040", "POCD"},
          {"HDR-004", "<templateId root=\"2.16.840.1.113883.2.8.2.1\"/>", ""},
          {"HDR-005", "<templateId root=\"1.2.250.1.213.1.1.1.1\"/>", ""},
          {"DT-II", "<id root=\"1.2.250.1.999.2.8.1001.1\"/>", "<id root=\"1.02.3\"/>"},
          {"HDR-010", " displayName=\"CR hospitalier (séjour)\"", ""},
          {"HDR-012", "Compte rendu de séjour", " "},
          {"DT-TS", "<effectiveTime value=\"20260112173000+0100\"/>",
           "<effectiveTime value=\"20261312\"/>"},
          {"HDR-015", "<confidentialityCode code=\"N\"", "<confidentialityCode code=\"MASQUE_PS\""},
          {"HDR-017", "<languageCode code=\"fr-FR\"/>", ""},
          {"HDR-019", "<setId root=\"1.2.250.1.999.2.8.1001\"/>", ""},
          {"HDR-020", "<versionNumber value=\"1\"/>", "<versionNumber value=\"un\"/>"},
          {"HDR-120", "signatureCode code=\"S\"", "signatureCode code=\"X\""},
          {"HDR-166", "<low value=\"20260108090000+0100\"/>", ""},
          {"HDR-201", "code=\"SA01\" ", ""},
          {"CDA-02", "JVBERi0xLjQKJSBmaWN0aWYK", "JVBERi0xLjQKJSBmaWN0aWY"},
          {"CDA-03", "JVBERi0xLjQKJSBmaWN0aWYK", "UEsDBAoAAAAAAA=="},
          {"CDA-01", "JVBERi0xLjQKJSBmaWN0aWYK", ""}}) {
        auto v = judge({with(sample(), f.from, f.to)});
        EXPECT_TRUE(has(v, f.rule)) << f.rule;
        EXPECT_FALSE(v.accepted) << f.rule;
        for (auto const& found : v.found)
            if (found.rule == f.rule) {
                EXPECT_GT(found.line, 0) << f.rule;
            }
    }
}
TEST(Check, AFindingNeverHoldsAPatientsValue) {
    auto v = judge({with(sample(), "285057599900197", "28505759990019X")});
    for (auto const& f : v.found)
        for (auto const& text : {f.location, f.message.fr, f.message.en, f.remedy.fr})
            EXPECT_EQ(text.find("2850575"), std::string::npos);
}
TEST(Submission, RefusesTwoPatients) {
    auto other = with(with(sample(), "285057599900197", "185057599900150"), "1001.1\"", "1002.1\"");
    EXPECT_TRUE(has(judge({sample(), other}), "SUB-01"));
}
TEST(Submission, RefusesTheSameDocumentIdTwice) {
    EXPECT_TRUE(has(judge({sample(), sample()}), "SUB-02"));
}
TEST(Submission, TakesTwoDocumentsOfOnePatient) {
    EXPECT_TRUE(judge({sample(), with(sample(), "1001.1\"", "1002.1\"")}).accepted);
}
TEST(Submission, RefusesNothing) { EXPECT_TRUE(has(judge({}), "SUB-03")); }

namespace {
/// Do the official tools, all their layers together, refuse this example of theirs?
bool officially_refused(std::string const& verdicts, std::string const& file) {
    auto from = verdicts.find("\"file\": \"" + file + "\"");
    if (from == std::string::npos) return false;
    auto about = verdicts.substr(from, verdicts.find("\"file\"", from + 1) - from);
    return about.find("\"reject\"") != std::string::npos;
}
}  // namespace

TEST(Official, ExamplesGetTheVerdictOfTheOfficialTools) {
    std::filesystem::path folder = LIAISON_SHARED "/examples/cda";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "the official examples are not beside the checkout";
    int seen = 0;
    std::ifstream list(folder / "verdicts.json");
    std::stringstream verdicts;
    verdicts << list.rdbuf();
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".xml") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::stringstream all;
        all << in.rdbuf();
        auto v = judge({all.str()});
        EXPECT_NE(v.accepted, officially_refused(verdicts.str(), entry.path().filename().string()))
            << entry.path().filename() << " " << (v.found.empty() ? "" : v.found.front().rule);
        ++seen;
    }
    EXPECT_GT(seen, 20);
}
