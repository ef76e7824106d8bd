/// The structure layer: each kind of fault under its id, at its place. That it agrees with the
/// official schema is shown by tests/e2e/oracle_test.py.
#include "sample.hpp"

namespace {
struct structural {
    char const *rule, *from, *to, *location;
};
TEST(Structure, EachFaultIsFoundAtItsPlace) {
    for (auto const& f : std::vector<structural>{
             {"STR-01", "<realmCode code=\"FR\"/>", "<realmCode code=\"FR\"/><foo/>",
              "/ClinicalDocument/*[2]"},
             {"STR-01", "<versionNumber value=\"1\"/>",
              "<versionNumber value=\"1\"/><versionNumber value=\"2\"/>",
              "/ClinicalDocument/versionNumber[2]"},
             {"STR-01", "<realmCode code=\"FR\"/>",
              "<realmCode code=\"FR\"/><x:a xmlns:x=\"urn:x\"/>", "/ClinicalDocument/*[2]"},
             {"STR-02", "<id root=\"1.2.250.1.999.2.8.1001.1\"/>", "", "/ClinicalDocument"},
             {"STR-03", "<realmCode code=\"FR\"/>", "<realmCode code=\"FR\" couleur=\"x\"/>",
              "/ClinicalDocument/realmCode"},
             {"STR-04", "<typeId root=\"2.16.840.1.113883.1.3\"", "<typeId",
              "/ClinicalDocument/typeId"},
             {"STR-05", "participant typeCode=\"INF\"", "participant typeCode=\"\"",
              "/ClinicalDocument/participant/@typeCode"},
             {"STR-05", "<languageCode code=\"fr-FR\"/>", "<languageCode code=\"\"/>",
              "/ClinicalDocument/languageCode/@code"},
             {"STR-06", "<realmCode code=\"FR\"/>", "<realmCode code=\"FR\"/>mots",
              "/ClinicalDocument"},
             {"STR-07", "<effectiveTime value", "<effectiveTime xsi:type=\"PQ\" value",
              "/ClinicalDocument/effectiveTime/@xsi:type"},
             {"STR-08", "root=\"2.16.840.1.113883.1.3\"", "root=\"2.16.840.1.113883.1.4\"",
              "/ClinicalDocument/typeId/@root"}}) {
        auto text =
            with(full(), "<ClinicalDocument ",
                 "<ClinicalDocument xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ");
        if (text.find("xmlns:xsi", text.find("xmlns:xsi") + 1) != std::string::npos) text = full();
        auto v = judge({with(text, f.from, f.to)});
        EXPECT_FALSE(v.accepted) << f.rule << f.to;
        bool found = false;
        std::string said;
        for (auto const& one : v.found) {
            found = found || (one.rule == f.rule && one.location == f.location);
            said += one.rule + " " + one.location + "\n";
        }
        EXPECT_TRUE(found) << f.rule << " at " << f.location << " is not among\n" << said;
    }
}

/// The sample with a structured body of one section.
std::string structured(std::string const& text, std::string const& entries = "") {
    auto s = sample();
    auto from = s.find("<nonXMLBody>"), to = s.find("</nonXMLBody>") + 13;
    s.replace(from, to - from,
              "<structuredBody><component><section><title>A</title><text>" + text + "</text>" +
                  entries + "</section></component></structuredBody>");
    return s;
}
TEST(Structure, IdentifiersAreUniqueAndReferencesMeanOne) {
    EXPECT_FALSE(
        has(judge({structured("<content ID=\"a\">x</content><content ID=\"b\"/>")}), "STR-09"));
    EXPECT_TRUE(
        has(judge({structured("<content ID=\"a\">x</content><content ID=\"a\"/>")}), "STR-09"));
    EXPECT_TRUE(has(judge({structured("<renderMultiMedia referencedObject=\"m\"/>")}), "STR-10"));
    EXPECT_FALSE(
        has(judge({structured("<content ID=\"m\"/><renderMultiMedia referencedObject=\"m\"/>")}),
            "STR-10"));
}
TEST(Structure, AnAbstractValueNeedsItsType) {
    auto entry = [](char const* value) {
        return std::string(
                   "<entry><observation classCode=\"OBS\" moodCode=\"EVN\"><code "
                   "nullFlavor=\"NA\"/>") +
               value + "</observation></entry>";
    };
    EXPECT_TRUE(has(judge({structured("x", entry("<value/>"))}), "STR-11"));
    auto typed = entry(
        "<value xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"ST\">a</value>");
    EXPECT_FALSE(has(judge({structured("x", typed)}), "STR-11"));
}
TEST(Structure, AMissingElementIsSaidOnceAndNotOfItsNeighbours) {
    auto v = judge({with(sample(), "<setId root=\"1.2.250.1.999.2.8.1001\"/>", "")});
    EXPECT_FALSE(has(v, "STR-01"));
}
TEST(Models, AnUnknownModelIsAWarningAndTheGeneralRulesStillCount) {
    auto unknown = with(structured("x"), "1.3.6.1.4.1.19376.1.2.20", "1.2.250.1.213.1.1.1.9999");
    EXPECT_TRUE(has(judge({unknown}), "MOD-01"));
    EXPECT_TRUE(judge({unknown}).accepted);
    EXPECT_FALSE(judge({with(unknown, "<realmCode code=\"FR\"/>", "")}).accepted);
}
TEST(Models, TheVerdictNamesPackAndVersion) {
    auto v = judge({sample()});
    auto const& packs = v.documents.at(0).packs;
    EXPECT_NE(std::find(packs.begin(), packs.end(), "n1 1"), packs.end());
    auto bad = judge({with(sample(), "<realmCode code=\"FR\"/>", "<realmCode code=\"US\"/>")});
    for (auto const& f : bad.found)
        if (f.rule == "HDR-003") {
            EXPECT_TRUE(f.pack.starts_with("ci-sis-header ")) << f.pack;
        }
}
}  // namespace
