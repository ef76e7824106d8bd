/// Datatype rules of header elements: one edit that breaks each. That right ones pass is shown by
/// the official examples and by Declared.ADocumentThatUsesEveryPartRightlyIsAccepted.
#include "sample.hpp"

namespace {
constexpr char const* telecom = "<telecom nullFlavor=\"NASK\"/>";
constexpr char const* address = "<addr nullFlavor=\"NAV\"/>";
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
        {"TEL-5", telecom, "<telecom value=\"tel:01\"/><telecom value=\"tel:01\"/>"},
        {"ADDR-1", address, "<addr><city>A</city><city>B</city></addr>"},
        {"ADDR-2", address, "<addr></addr>"},
        {"TEL-6", telecom, "<telecom value=\"tel:01\"/><telecom nullFlavor=\"UNK\"/>"},
        {"ADDR-5", address, "<addr><city>A</city></addr><addr><city>A</city></addr>"},
        {"ADDR-6", address, "<addr><city>A</city></addr><addr nullFlavor=\"UNK\"/>"},
        {"DT-EN", "<name>CH FICTIF</name>", "<name></name>"},
        {"DT-EN", "<name>CH FICTIF</name>", "<name>CH <family>FICTIF</family></name>"},
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
}  // namespace
