#include "cda/ins.hpp"

#include "sample.hpp"

TEST(InsKey, AcceptsNumbersWithARightKey) {
    for (auto m : {"185057599900150", "285057599900197", "185052A99900110", "185052B99900137",
                   "299122A99900264", "201012B99999934", "154122099901746", "290079999900310",
                   "178119749900154", "385059999900178", "485059999900128", "185307599900162",
                   "185057599905197", "185057599905001", "185057599904209", "185052A99901197",
                   "185052A99901001", "185052B99903897", "185052B99903701"}) {
        EXPECT_TRUE(cda::matricule_well_formed(m)) << m;
        EXPECT_TRUE(cda::matricule_key_ok(m)) << m;
    }
}
TEST(InsKey, RefusesAKeyThatIsOffByOne) { EXPECT_FALSE(cda::matricule_key_ok("185057599900151")); }
TEST(InsKey, RefusesCorsicaReadAsZero) { EXPECT_FALSE(cda::matricule_key_ok("185052A99900180")); }
TEST(InsForm, RefusesWrongLengthLettersAndSpaces) {
    for (auto m : {"18505759990015", "185052a99900110", "185052C99900110", "1 8505759990015",
                   "585057599900150", ""})
        EXPECT_FALSE(cda::matricule_well_formed(m)) << m;
}

TEST(Identity, AQualifiedInsIsSeen) {
    auto v = judge({sample()});
    EXPECT_TRUE(v.accepted);
    EXPECT_EQ(v.documents[0].status, cda::ins_status::qualified);
}
TEST(Identity, TestOidIsRefusedInProduction) {
    auto v = judge({sample()}, cda::environment::production);
    EXPECT_FALSE(v.accepted);
    EXPECT_TRUE(has(v, "INS-03"));
}
TEST(Identity, WrongKeyIsRefusedInProductionAndToleratedInTest) {
    auto wrong = with(with(sample(), "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.8"),
                      "285057599900197", "285057599900196");
    EXPECT_TRUE(has(judge({wrong}, cda::environment::production), "INS-02"));
    EXPECT_TRUE(judge({wrong}).accepted);
}
TEST(Identity, EachStrictTraitIsDemanded) {
    for (auto [from, to] : {std::pair{"<family qualifier=\"BR\">FICTIVE</family>",
                                      "<family qualifier=\"CL\">FICTIVE</family>"},
                            {"<given>OCEANE LOUISE</given>", ""},
                            {"<given qualifier=\"BR\">OCEANE</given>", ""},
                            {"<birthTime value=\"19850517\"/>", ""},
                            {"<county>75999</county>", ""}}) {
        auto v = judge({with(sample(), from, to)});
        EXPECT_TRUE(has(v, "INS-05")) << from;
        EXPECT_FALSE(v.accepted);
    }
}
TEST(Identity, ADateThatDoesNotExistIsRefused) {
    EXPECT_TRUE(has(judge({with(sample(), "19850517", "19850231")}), "INS-06"));
}
TEST(Identity, APostalCodeLikeWordIsNotACog) {
    EXPECT_TRUE(has(judge({with(sample(), "<county>75999", "<county>Paris")}), "INS-06"));
}
TEST(Identity, AnInsuredNumberIsNoIns) {
    auto v = judge({with(sample(), "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.13")});
    EXPECT_TRUE(has(v, "INS-13"));
    EXPECT_FALSE(v.accepted);
}
TEST(Identity, TwoDifferentInsAreRefused) {
    auto second = "<id root=\"1.2.250.1.213.1.4.10\" extension=\"185057599900150\"/>";
    EXPECT_TRUE(has(
        judge({with(sample(), "<id root=\"1.2.250.1.999.2.1\" extension=\"IPP-7001\"/>", second)}),
        "INS-04"));
}
TEST(Identity, WithoutInsTheDocumentIsReadable) {
    auto v = judge(
        {with(sample(), "<id root=\"1.2.250.1.213.1.4.10\" extension=\"285057599900197\"/>", "")});
    EXPECT_TRUE(v.accepted);
    EXPECT_EQ(v.documents[0].status, cda::ins_status::absent);
}
