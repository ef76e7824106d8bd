/// Each declared header rule: one edit that breaks it, found under its id and near its place; and
/// documents that use the same parts rightly.
#include "sample.hpp"

namespace {
constexpr char const* author_id =
    "<id root=\"1.2.250.1.71.4.2.1\" extension=\"899999999991\"/>\n      <code "
    "code=\"G15_10/SM26\"";
std::vector<fault> const faults{
    {"HDR-003", "<realmCode code=\"FR\"/>", ""},
    {"HDR-003", "<realmCode code=\"FR\"/>", "<realmCode code=\"US\"/>"},
    {"HDR-032", "extension=\"IPP-7001\"", ""},
    {"HDR-039", "</name>\n        <administrativeGenderCode",
     "</name><name/>\n        <administrativeGenderCode"},
    {"HDR-040", "<family qualifier=\"BR\">", "<family qualifier=\"SP\">"},
    {"HDR-040", "<family qualifier=\"BR\">", "<family>"},
    {"HDR-041", "<given qualifier=\"BR\">", "<given qualifier=\"LS\">"},
    {"HDR-042", "<given>OCEANE LOUISE</given>",
     "<given>OCEANE LOUISE</given><prefix>A</prefix><prefix>B</prefix>"},
    {"HDR-045", "administrativeGenderCode code=\"F\"", "administrativeGenderCode code=\"X\""},
    {"HDR-045",
     "<administrativeGenderCode code=\"F\" codeSystem=\"2.16.840.1.113883.5.1\" "
     "displayName=\"Féminin\"/>",
     "<administrativeGenderCode nullFlavor=\"UNK\"/>"},
    {"DT-TS", "<birthTime value=\"19850517\"/>", "<birthTime value=\"19850532\"/>"},
    {"HDR-047", "<birthTime value=\"19850517\"/>", "<birthTime nullFlavor=\"UNK\"/>"},
    {"HDR-072", "<time value=\"20260112171500+0100\"/>", "<time nullFlavor=\"NA\"/>"},
    {"HDR-074", author_id, "<id root=\"1.2.250.1.71.4.2.1\"/>\n      <code code=\"G15_10/SM26\""},
    {"HDR-075",
     "codeSystem=\"1.2.250.1.213.1.1.4.5\" displayName=\"Médecin - Qualifié en médecine générale "
     "(SM)\"/>\n",
     "codeSystem=\"1.2.250.1.213.1.1.4.5\"/>\n"},
    {"HDR-078", "<given>PAUL</given></name></assignedPerson>\n      <representedOrganization>",
     "<given>PAUL</given><given>JEAN</given></name></assignedPerson>\n      "
     "<representedOrganization>"},
    {"HDR-079", "<given>PAUL</given></name></assignedPerson>\n      <representedOrganization>",
     "<given>PAUL</given><prefix>Mr</prefix></name></assignedPerson>\n      "
     "<representedOrganization>"},
    {"HDR-101", "<representedCustodianOrganization>\n        <id root=\"1.2.250.1.71.4.2.2\"",
     "<representedCustodianOrganization>\n        <id root=\"1.2.250.1.71.4.2.3\""},
    {"HDR-123",
     "<assignedEntity>\n      <id root=\"1.2.250.1.71.4.2.1\" extension=\"899999999991\"/>\n      "
     "<assignedPerson>",
     "<assignedEntity>\n      <id root=\"1.2.250.1.71.4.2.1\"/>\n      <assignedPerson>"},
    {"HDR-130", "<time value=\"20260112173000+0100\"/><signatureCode code=\"S\"/>",
     "<signatureCode code=\"S\"/>"},
    {"HDR-130", "<id root=\"1.2.250.1.71.4.2.1\" extension=\"899999999993\"/>",
     "<id root=\"1.2.3\" extension=\"1\"/>"},
    {"HDR-140", "participant typeCode=\"INF\"", "participant typeCode=\"AUT\""},
    {"HDR-143", "<time nullFlavor=\"NA\"/>", ""},
    {"HDR-144", "classCode=\"PROV\"", "classCode=\"GUARD\""},
    {"HDR-145", "extension=\"899999999994\"", ""},
    {"HDR-146", "codeSystem=\"1.2.250.1.213.1.1.4.5\" displayName=\"Médecin\"",
     "displayName=\"Médecin\""},
    {"HDR-147", "<suffix>DR</suffix>", "<suffix>Docteur</suffix>"},
    {"HDR-153", "<order><id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/></order>", ""},
    {"HDR-154", "<order><id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/></order>", "<order/>"},
    {"HDR-161", "<performer typeCode=\"PRF\">",
     "<performer typeCode=\"SPRF\"/><performer typeCode=\"PRF\">"},
    {"DT-TS", "<high value=\"20260112160000+0100\"/></effectiveTime>\n      <performer",
     "<high value=\"hier\"/></effectiveTime>\n      <performer"},
    {"HDR-171",
     "<id root=\"1.2.250.1.71.4.2.1\" extension=\"899999999991\"/>\n          "
     "<representedOrganization>",
     "<representedOrganization>"},
    {"HDR-175", "displayName=\"Etablissement de santé\"", ""},
    {"HDR-180", "  <authorization>",
     "  <relatedDocument typeCode=\"RPLC\"><parentDocument><id "
     "root=\"1.2\"/></parentDocument></relatedDocument><authorization>"},
    {"HDR-182", "<parentDocument><id root=\"1.2.250.1.999.2.8.1001.0\"/></parentDocument>",
     "<parentDocument/>"},
    {"STR-02",
     "<consent><code code=\"X\" codeSystem=\"1.2.3\"/><statusCode code=\"completed\"/></consent>",
     ""},
    {"HDR-185", "<statusCode code=\"completed\"/></consent>", "</consent>"},
    {"HDR-192", "<id root=\"1.2.250.1.999.2.2\" extension=\"SEJ-1\"/>",
     "<id extension=\"SEJ-1\"/>"},
    {"HDR-193", "<!-- here -->", "<code code=\"IMP\"/>"},
    {"HDR-194",
     "<effectiveTime><low value=\"20260108090000+0100\"/><high "
     "value=\"20260112160000+0100\"/></effectiveTime>\n      <dis",
     "<dis"},
    {"HDR-196", "codeSystem=\"1.2.250.1.213.2.14\" displayName=\"Domicile\"",
     "codeSystem=\"1.2.3\" displayName=\"Domicile\""},
    {"HDR-197", "<responsibleParty><assignedEntity><id root=\"1.2.250.1.71.4.2.1\"",
     "<responsibleParty><assignedEntity><id root=\"1.2.3\""},
    {"HDR-198", "typeCode=\"ATND\"", "typeCode=\"XXX\""},
    {"HDR-199",
     "typeCode=\"ATND\"><assignedEntity><id root=\"1.2.250.1.71.4.2.1\" "
     "extension=\"899999999991\"/>",
     "typeCode=\"ATND\"><assignedEntity>"},
    {"HDR-201", " displayName=\"Etablissement public de santé\"", ""},
};

TEST(Declared, ADocumentThatUsesEveryPartRightlyIsAccepted) {
    auto v = judge({full()});
    for (auto const& f : v.found) ADD_FAILURE() << f.rule << " " << f.location;
    EXPECT_TRUE(v.accepted);
}

TEST(Declared, EachRuleRefusesItsFaultAtItsPlace) { refused_at_their_place(faults); }
}  // namespace
