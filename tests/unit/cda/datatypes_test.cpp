/// Datatype rules of header elements: one edit that breaks each. That right ones pass is shown by
/// the official examples and by Declared.ADocumentThatUsesEveryPartRightlyIsAccepted.
#include "sample.hpp"

namespace {
constexpr char const* telecom = "<telecom nullFlavor=\"NASK\"/>";
constexpr char const* address = "<addr nullFlavor=\"NAV\"/>";
/// The organisation that performed the act: its name is one of those that have a datatype.
constexpr char const* hospital = "<name>CH FICTIF</name>\n            <standardIndustryClassCode";
constexpr char const* stay =
    "<effectiveTime><low value=\"20260108090000+0100\"/><high "
    "value=\"20260112160000+0100\"/></effectiveTime>\n      <dis";

TEST(Datatypes, EachRuleRefusesItsFaultAtItsPlace) {
    refused_at_their_place({
        {"DT-NULL", address, "<addr nullFlavor=\"NAV\">x</addr>"},
        {"DT-NULL", "<time nullFlavor=\"NA\"/>", "<time nullFlavor=\"UNK\" value=\"2026\"/>"},
        {"DT-II", "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/>",
         "<id root=\"1.02\" extension=\"D-1\"/>"},
        {"DT-II", "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/>",
         "<id nullFlavor=\"UNK\" root=\"1.2\"/>"},
        {"DT-II-2", "<id root=\"1.2.250.1.999.2.1\" extension=\"IPP-7001\"/>",
         "<id root=\"1.2.250.1.999.2.1\" extension=\"IPP-7001\"/><id root=\"1.2.250.1.999.2.1\" "
         "extension=\"IPP-7001\"/>"},
        {"DT-CS", "<languageCode code=\"fr-FR\"/>",
         "<languageCode code=\"fr-FR\" displayName=\"français\"/>"},
        {"DT-CD", "code=\"SA01\" codeSystem=\"1.2.250.1.71.4.2.4\"", "code=\"SA01\""},
        {"DT-TS", "<high value=\"20260112160000+0100\"/>", "<high value=\"20260112160\"/>"},
        {"DT-IVL", stay,
         "<effectiveTime><low value=\"20260108090000+0100\"/><high "
         "value=\"20260108090000+0100\"/></effectiveTime>\n      <dis"},
        {"DT-IVL", stay,
         "<effectiveTime><low value=\"20260118090000+0100\"/><high "
         "value=\"20260112160000+0100\"/></effectiveTime>\n      <dis"},
        {"DT-IVL", stay,
         "<effectiveTime value=\"2026\"><low value=\"20260108\"/></effectiveTime>\n      <dis"},
        {"TEL-1", telecom, "<telecom nullFlavor=\"NASK\" use=\"H\"/>"},
        {"TEL-1", telecom, "<telecom nullFlavor=\"OTH\"/>"},
        {"TEL-1", telecom, "<telecom/>"},
        {"TEL-2", telecom, "<telecom value=\"0100000000\"/>"},
        {"TEL-2", telecom, "<telecom value=\"https://hopital.example\"/>"},
        {"TEL-3", telecom, "<telecom value=\"tel:01 00\"/>"},
        {"TEL-4", telecom, "<telecom value=\"tel:01\" use=\"H WP\"/>"},
        {"TEL-5", telecom,
         "<telecom use=\"H\" value=\"tel:01\"/><telecom use=\"H\" value=\"tel:01\"/>"},
        {"ADDR-1", address, "<addr><city>A</city><city>B</city></addr>"},
        {"ADDR-2", address, "<addr></addr>"},
        {"TEL-6", telecom, "<telecom value=\"tel:01\"/><telecom nullFlavor=\"UNK\"/>"},
        {"ADDR-5", address, "<addr><city>A</city></addr><addr><city>A</city></addr>"},
        {"ADDR-6", address, "<addr><city>A</city></addr><addr nullFlavor=\"UNK\"/>"},
        {"DT-EN", hospital, "<name></name>\n            <standardIndustryClassCode"},
        {"DT-EN", hospital,
         "<name>CH <suffix>FICTIF</suffix></name>\n            <standardIndustryClassCode"},
        {"DT-EN-2", "</name>\n        <administrativeGenderCode",
         "</name><name use=\"L\">A</name><name use=\"L\">A</name>\n        "
         "<administrativeGenderCode"},
        {"DT-INT", "<versionNumber value=\"1\"/>", "<versionNumber/>"},
        {"DT-CD-2", "<code code=\"X\" codeSystem=\"1.2.3\"/>",
         "<code code=\"X\" codeSystem=\"1.2.3\"><translation code=\"A\" "
         "codeSystem=\"1.2\"/><translation "
         "code=\"A\" codeSystem=\"1.2\"/></code>"},
        {"ADDR-3", address, "<addr use=\"BAD\"><city>A</city></addr>"},
    });
}
TEST(Datatypes, AMixedAddressIsAWarning) {
    auto v =
        judge({with(full(), address,
                    "<addr><streetAddressLine>1 rue A</streetAddressLine><city>B</city></addr>")});
    EXPECT_TRUE(has(v, "ADDR-1-2"));
    EXPECT_TRUE(v.accepted);
}
TEST(Datatypes, ANullFlavorOnAnActIsNotADatatypeFault) {
    EXPECT_FALSE(has(judge({with(full(), "<participant typeCode=\"INF\">",
                                 "<participant typeCode=\"INF\" nullFlavor=\"NA\">")}),
                     "DT-NULL"));
}
TEST(Datatypes, RightOnesPass) {
    for (auto const* good :
         {"<telecom value=\"tel:0100000000\" use=\"WP\"/>",
          "<telecom value=\"mailto:a@b.example\"/>", "<telecom nullFlavor=\"UNK\"/>"})
        EXPECT_TRUE(judge({with(full(), telecom, good)}).accepted) << good;
    for (auto const* good : {"<addr>1 rue Fictive</addr>",
                             "<addr use=\"HP\"><postalCode>75000</postalCode><city>A</city></addr>",
                             "<addr><streetAddressLine>a</streetAddressLine><streetAddressLine>b</"
                             "streetAddressLine></addr>"})
        EXPECT_TRUE(judge({with(full(), address, good)}).accepted) << good;
}

/// One edit of `full()` of which no datatype complains.
struct right {
    char const *why, *from, *to;
};
void pass(std::vector<right> const& rows) {
    for (auto const& r : rows) {
        auto v = judge({with(full(), r.from, r.to)});
        EXPECT_TRUE(v.accepted) << r.why;
        for (auto const& f : v.found) {
            bool ours =
                f.rule.starts_with("DT-") || f.rule.starts_with("TEL-") || f.rule == "ADDR-1";
            EXPECT_FALSE(ours || f.level == cda::severity::error)
                << r.why << ": " << f.rule << " " << f.location;
        }
    }
}

TEST(Datatypes, WhatHasNoRowHasNoDatatype) {
    pass({
        {"who typed the document", "<custodian>",
         "<dataEnterer><assignedEntity><id extension=\"A\"/><code code=\"X\"/><telecom "
         "value=\"https://a.example\"/></assignedEntity></dataEnterer><custodian>"},
        {"a performer other than PRF", "<relatedDocument",
         "<documentationOf><serviceEvent><performer typeCode=\"SPRF\"><assignedEntity><id "
         "extension=\"A\"/><code "
         "code=\"X\"/></assignedEntity></performer></serviceEvent></documentationOf>"
         "<relatedDocument"},
        {"a related document other than RPLC", "<relatedDocument",
         "<relatedDocument typeCode=\"APND\"><parentDocument><id "
         "extension=\"A\"/></parentDocument></relatedDocument><relatedDocument"},
        {"code, text and setId of the replaced document", "8.1001.0\"/></parentDocument>",
         "8.1001.0\"/><code code=\"X\"/><setId extension=\"A\"/></parentDocument>"},
        {"the whole of an organisation and since when", "displayName=\"Etablissement de santé\"/>",
         "displayName=\"Etablissement de santé\"/><asOrganizationPartOf><effectiveTime "
         "value=\"2026\"><low value=\"2026\"/></effectiveTime><wholeOrganization><id "
         "extension=\"A\"/></wholeOrganization></asOrganizationPartOf>"},
        {"who provides the service", "</healthCareFacility>",
         "<serviceProviderOrganization><id extension=\"A\"/><telecom "
         "value=\"https://a.example\"/></serviceProviderOrganization></healthCareFacility>"},
        {"who provides for the patient", "</patient>\n",
         "</patient><providerOrganization><id extension=\"A\"/></providerOrganization>\n"},
        {"the patient's marital status", "<birthplace>",
         "<maritalStatusCode code=\"M\"/><birthplace>"},
        {"a guardian's code", "<birthplace>",
         "<guardian><code code=\"X\"/><guardianPerson><name><family>A</family></name>"
         "</guardianPerson></guardian><birthplace>"},
    });
}
TEST(Datatypes, NamesThatTheOfficialFileDoesNotTypeMayBeAnything) {
    constexpr char const* author =
        "<name>CH FICTIF</name>\n      </representedOrganization>\n    "
        "</assignedAuthor>";
    constexpr char const* custodian =
        "<name>CH FICTIF</name>\n      "
        "</representedCustodianOrganization>";
    constexpr char const* signer =
        "<assignedPerson><name><family>INVENTE</family><given>PAUL</"
        "given></name></assignedPerson>\n    </assignedEntity>";
    pass({
        {"the author's organisation", author,
         "<name></name>\n      </representedOrganization>\n    </assignedAuthor>"},
        {"the custodian", custodian, "<name></name>\n      </representedCustodianOrganization>"},
        {"an unknown custodian with words", custodian,
         "<name nullFlavor=\"UNK\">CH</name>\n      </representedCustodianOrganization>"},
        {"the signer's organisation", signer,
         "<assignedPerson><name><family>INVENTE</family></name></assignedPerson>"
         "<representedOrganization><name></name></representedOrganization></assignedEntity>"},
        {"a participant", "<associatedPerson><name><family>SUPPOSE",
         "<associatedPerson><name>Alix <family>SUPPOSE"},
        {"a participant's organisation", "</associatedPerson>",
         "</associatedPerson><scopingOrganization><name></name></scopingOrganization>"},
        {"a recipient without family", "<legalAuthenticator>",
         "<informationRecipient><intendedRecipient><informationRecipient><name>A "
         "<given>B</given></name></informationRecipient></intendedRecipient>"
         "</informationRecipient><legalAuthenticator>"},
        {"a performer without family", "extension=\"899999999991\"/>\n          <represented",
         "extension=\"899999999991\"/><assignedPerson><name>A <given>B</given></name>"
         "</assignedPerson>\n          <represented"},
    });
}
TEST(Datatypes, IdentifiersOfOtherDomainsAreUnexpectedOnly) {
    pass({
        {"a recipient", "<legalAuthenticator>",
         "<informationRecipient><intendedRecipient><id extension=\"A\"/></intendedRecipient>"
         "</informationRecipient><legalAuthenticator>"},
        {"an organisation",
         "<id root=\"1.2.250.1.71.4.2.2\" extension=\"1759999014\"/>\n        "
         "<name>CH FICTIF</name>\n      </representedOrganization>",
         "<id extension=\"A\"/>\n        <name>CH FICTIF</name>\n      </representedOrganization>"},
        {"an authenticator", "extension=\"899999999993\"/>",
         "extension=\"899999999993\"/><id extension=\"A\"/>"},
        {"a responsible party", "<responsibleParty><assignedEntity>",
         "<responsibleParty><assignedEntity><id extension=\"A\"/>"},
        {"an encounter participant", "<encounterParticipant typeCode=\"ATND\"><assignedEntity>",
         "<encounterParticipant typeCode=\"ATND\"><assignedEntity><id extension=\"A\"/>"},
        {"an unknown one of the signer", "<signatureCode code=\"S\"/>\n    <assignedEntity>",
         "<signatureCode code=\"S\"/>\n    <assignedEntity><id nullFlavor=\"UNK\" "
         "root=\"1.2\"/>"},
    });
    refused_at_their_place({{"DT-II", "<!-- here -->", "<id extension=\"A\"/>"},
                            {"DT-II", "<order><id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/>",
                             "<order><id root=\"ruid-1\"/>"}});
}
TEST(Datatypes, CodesAreJudgedWhereTheOfficialFileTypesThem) {
    pass({
        {"an industry outside the value set", "</name>\n      </representedOrganization>\n    </as",
         "</name><standardIndustryClassCode code=\"X\"/>\n      </representedOrganization>\n    "
         "</as"},
        {"a translation without its system", "<code code=\"X\" codeSystem=\"1.2.3\"/>",
         "<code code=\"X\" codeSystem=\"1.2.3\"><translation code=\"A\"/></code>"},
    });
    refused_at_their_place({
        {"DT-CD", "<time nullFlavor=\"NA\"/>",
         "<functionCode code=\"PCP\" codeSystem=\"2.16.840.1.113883.5.88\"><translation "
         "code=\"A\"/></functionCode><time nullFlavor=\"NA\"/>"},
        {"DT-CD", "<serviceEvent>",
         "<serviceEvent><code code=\"A\" codeSystem=\"1.2.3\"><translation "
         "code=\"A\"/></code>"},
        {"DT-CD", "displayName=\"Etablissement public de santé\"/>",
         "displayName=\"Etablissement public de santé\"><translation code=\"A\" "
         "displayName=\"A\"/></code>"},
        {"DT-CD", "code=\"DOM\" codeSystem=\"1.2.250.1.213.2.14\"", "code=\"DOM\""},
        {"DT-CD", "<code code=\"X\" codeSystem=\"1.2.3\"/>",
         "<code code=\"X\" codeSystem=\"1.2.3\"><translation nullFlavor=\"UNK\"/></code>"},
        {"DT-CD", "<code code=\"X\" codeSystem=\"1.2.3\"/>",
         "<code code=\"X\" codeSystem=\"1.2.3\"><originalText language=\"1\">x</originalText>"
         "</code>"},
        {"DT-CD-2", "<code code=\"X\" codeSystem=\"1.2.3\"/>",
         "<code code=\"X\" codeSystem=\"1.2.3\"><translation code=\"A\" codeSystem=\"1.2\">"
         "<translation code=\"A\" codeSystem=\"1.2\"/></translation></code>"},
    });
}
TEST(Datatypes, WhatTheSchemaWouldAddMayStandBesideNullFlavor) {
    constexpr char const* order = "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/>";
    pass({
        {"operator", "<time nullFlavor=\"NA\"/>", "<time nullFlavor=\"NA\" operator=\"I\"/>"},
        {"mediaType, representation, algorithm", order,
         "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/><code code=\"X\" codeSystem=\"1.2\">"
         "<originalText nullFlavor=\"UNK\" mediaType=\"text/plain\" representation=\"TXT\" "
         "integrityCheckAlgorithm=\"SHA-1\"/></code>"},
        {"words", order,
         "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/><code nullFlavor=\"OTH\" "
         "codeSystem=\"1.2\"><originalText>x</originalText></code>"},
    });
    refused_at_their_place({
        {"DT-NULL", "<time nullFlavor=\"NA\"/>", "<time nullFlavor=\"NA\" operator=\"A\"/>"},
        {"DT-NULL", order,
         "<id root=\"1.2.250.1.999.2.3\" extension=\"D-1\"/><code nullFlavor=\"UNK\" "
         "codeSystem=\"1.2\"><originalText>x</originalText></code>"},
        {"DT-NULL", "<custodian>",
         "<dataEnterer><assignedEntity><id extension=\"A\"/><code nullFlavor=\"UNK\" "
         "displayName=\"x\"/></assignedEntity></dataEnterer><custodian>"},
    });
}
TEST(Datatypes, PeriodsAreStricterThanInstants) {
    constexpr char const* act =
        "<effectiveTime><low value=\"20260108090000+0100\"/><high "
        "value=\"20260112160000+0100\"/></effectiveTime>\n      <performer";
    auto during = [](char const* parts) {
        return "<effectiveTime>" + std::string(parts) + "</effectiveTime>\n      <dis";
    };
    pass({{"the period of an act", act,
           "<effectiveTime value=\"2026\"><low value=\"20260108\"/><high value=\"20260108\"/>"
           "</effectiveTime>\n      <performer"},
          {"an offset that is cut, of an act", act,
           "<effectiveTime><low value=\"20260108090000+01\"/></effectiveTime>\n      "
           "<performer"}});
    for (auto const* unit : {"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"}) {
        auto width = "<low value=\"20260108\"/><width value=\"4\" unit=\"" + std::string(unit);
        EXPECT_TRUE(judge({with(full(), stay, during((width + "\"/>").c_str()))}).accepted) << unit;
    }
    auto cut = during("<low value=\"20260108090000+01\"/>");
    auto grams = during("<low value=\"20260108\"/><width value=\"4\" unit=\"g\"/>");
    auto alone = during("<low value=\"20260108\"/><width unit=\"d\"/>");
    refused_at_their_place({{"DT-TS", stay, cut.c_str()},
                            {"DT-IVL-2", stay, grams.c_str()},
                            {"DT-IVL-2", stay, alone.c_str()}});
}
TEST(Datatypes, InstantsExist) {
    constexpr char const* birth = "value=\"19850517\"";
    pass({{"midnight as the 24th hour", birth, "value=\"1985051724\""},
          {"to the second", birth, "value=\"19850517240000+0100\""},
          {"the widest offset", birth, "value=\"198505171200+1400\""},
          {"an offset of one digit", birth, "value=\"198505171200+1\""}});
    refused_at_their_place(
        {{"DT-TS", birth, "value=\"19850517240001\""},
         {"DT-TS", birth, "value=\"198505172430\""},
         {"DT-TS", birth, "value=\"198505171200+1430\""},
         {"DT-TS", birth, "value=\"198505171200+2\""},
         {"DT-TS", birth, "value=\"0000\""},
         {"DT-TS", "<custodian>",
          "<dataEnterer><time/><assignedEntity><id extension=\"A\"/></assignedEntity>"
          "</dataEnterer><custodian>"}});
}
TEST(Datatypes, WholeNumbersHaveNoPlusAndNoZeroAfterAMinus) {
    constexpr char const* version = "<versionNumber value=\"1\"/>";
    pass({{"a zero in front", version, "<versionNumber value=\"01\"/>"}});
    refused_at_their_place({{"DT-INT", version, "<versionNumber value=\"+5\"/>"},
                            {"DT-INT", version, "<versionNumber value=\"-05\"/>"}});
}
TEST(Datatypes, AddressesAndNumbersAreComparedAsTheOfficialFileDoes) {
    pass({{"a part twice beside a line", address,
           "<addr><streetAddressLine>1 rue A</streetAddressLine><city>B</city><city>C</city>"
           "</addr>"},
          {"a part twice that is not counted", address,
           "<addr><city>B</city><delimiter>,</delimiter><delimiter>;</delimiter></addr>"},
          {"a number twice without use", telecom,
           "<telecom value=\"tel:01\"/><telecom value=\"tel:01\"/>"}});
    refused_at_their_place(
        {{"ADDR-5", address, "<addr nullFlavor=\"NAV\"/><addr nullFlavor=\"NAV\"/>"},
         {"ADDR-1", address,
          "<addr><streetAddressLine>1</streetAddressLine><streetAddressLine>2</streetAddressLine>"
          "<streetAddressLine>3</streetAddressLine><streetAddressLine>4</streetAddressLine>"
          "<streetAddressLine>5</streetAddressLine><streetAddressLine>6</streetAddressLine>"
          "<streetAddressLine>7</streetAddressLine><streetAddressLine>8</streetAddressLine>"
          "</addr>"},
         {"TEL-3", telecom, "<telecom value=\"mailto:é@b.example\"/>"},
         {"DT-II-2", "<serviceEvent>",
          "<serviceEvent><id root=\"1.2.3\"/><id root=\"1.2.3\" extension=\"A\"/>"}});
}
TEST(Datatypes, ATwinIsToldOnce) {
    auto v = judge({with(full(), telecom,
                         "<telecom use=\"H\" value=\"tel:01\"/><telecom use=\"H\" "
                         "value=\"tel:01\"/>")});
    auto told = std::count_if(v.found.begin(), v.found.end(),
                              [](auto const& f) { return f.rule == "TEL-5"; });
    EXPECT_EQ(told, 1);
}
TEST(Datatypes, APersonHasNoLegalStatus) {
    refused_at_their_place(
        {{"DT-EN-3", "<assignedPerson><name><family>INVENTE</family><given>PAUL</given></name>",
          "<assignedPerson><name><family>INVENTE</family><given>PAUL</given><prefix "
          "qualifier=\"AC LS\">M</prefix></name>"}});
}
TEST(Datatypes, AnUnknownNameDoesNotStandBesideAKnownOne) {
    refused_at_their_place(
        {{"DT-EN-4", "<legalAuthenticator>",
          "<informationRecipient><intendedRecipient><receivedOrganization><name>A</name><name "
          "nullFlavor=\"UNK\"/></receivedOrganization></intendedRecipient>"
          "</informationRecipient><legalAuthenticator>"}});
}
TEST(Datatypes, XsiTypeNamesTheElementsOwnType) {
    pass({{"a period", stay,
           "<effectiveTime xsi:type=\"IVL_TS\"><low value=\"20260108\"/></effectiveTime>\n      "
           "<dis"}});
    refused_at_their_place({{"DT-TYPE", "<effectiveTime value=\"20260112173000+0100\"/>",
                             "<effectiveTime xsi:type=\"IVL_TS\" "
                             "value=\"20260112173000+0100\"/>"}});
}
TEST(Datatypes, ALanguageCodeHoldsALanguageAndACountry) {
    constexpr char const* french = "<languageCode code=\"fr-FR\"/>";
    pass({{"somewhere", french, "<languageCode code=\"zzfr-FRzz\"/>"}});
    refused_at_their_place({{"HDR-017", french, "<languageCode code=\"fr-fr\"/>"},
                            {"HDR-017", french, "<languageCode code=\"FR-fr\"/>"},
                            {"HDR-017", french, "<languageCode code=\"fr\"/>"}});
}
}  // namespace
