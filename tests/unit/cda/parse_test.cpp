#include "cda/parse.hpp"

#include <algorithm>

#include "cda/base64.hpp"
#include "sample.hpp"

namespace {
std::string refusal(std::string const& bytes, cda::xml_limits const& limits = {}) {
    auto read = cda::document::parse(bytes, limits);
    auto bad = std::get_if<cda::findings>(&read);
    return bad == nullptr ? "" : bad->front().rule;
}
std::string utf16le(std::string const& ascii_xml) {
    std::string out = "\xFF\xFE";
    for (char c : ascii_xml) {
        out.push_back(c);
        out.push_back('\0');
    }
    return out;
}
std::string ascii_sample() {
    auto text = sample();
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return text;
}
}  // namespace

TEST(XmlSafety, RefusesDoctype) {
    EXPECT_EQ(
        refusal(with(sample(), "<ClinicalDocument",
                     "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ClinicalDocument")),
        "XML-03");
}
TEST(XmlSafety, RefusesUnknownEntities) {
    EXPECT_EQ(refusal(with(sample(), "CH FICTIF", "&lol;")), "XML-04");
}
TEST(XmlSafety, RefusesCharacterReferencesOutsideXml) {
    EXPECT_EQ(refusal(with(sample(), "CH FICTIF", "&#0;")), "XML-04");
}
TEST(XmlSafety, RefusesDuplicateAttributes) {
    EXPECT_EQ(refusal(with(sample(), "code=\"FR\"", "code=\"FR\" code=\"DE\"")), "XML-08");
}
TEST(XmlSafety, RefusesTooDeepNesting) {
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    for (int i = 0; i < 200; ++i) deep += "</a>";
    EXPECT_EQ(refusal(deep), "XML-05");
}
TEST(XmlSafety, RefusesNamesThatNoDocumentHas) {
    std::string long_name(257, 'a'), short_name(256, 'a');
    EXPECT_EQ(refusal("<" + long_name + "/>"), "XML-05");
    EXPECT_EQ(refusal("<a " + long_name + "=\"\"/>"), "XML-05");
    EXPECT_EQ(refusal("<a></" + long_name + ">"), "XML-05");
    EXPECT_EQ(refusal("<" + short_name + "/>"), "HDR-001");
}
TEST(XmlSafety, RefusesOversizedDocuments) {
    cda::xml_limits small;
    small.bytes = 100;
    EXPECT_EQ(refusal(sample(), small), "XML-06");
}
TEST(XmlSafety, RefusesTooManyElements) {
    cda::xml_limits small;
    small.nodes = 50;
    EXPECT_EQ(refusal(sample(), small), "XML-07");
}
TEST(XmlSafety, SaysWhatIsWrongWithTheMarkup) {
    EXPECT_EQ(refusal(with(sample(), "</title>", "</titre>")), "XML-11");
    EXPECT_EQ(refusal(with(sample(), "code=\"FR\"", "code=FR")), "XML-12");
    EXPECT_EQ(refusal(with(sample(), "code=\"FR\"", "code=\"F<R\"")), "XML-12");
    EXPECT_EQ(refusal(sample().substr(0, sample().find("<recordTarget>"))), "XML-13");
    EXPECT_EQ(refusal(sample() + "\xEF\xBB\xBF"), "XML-09");
    EXPECT_EQ(refusal("\xEF\xBB\xBF\xEF\xBB\xBF" + sample()), "XML-09");
    EXPECT_EQ(refusal("<a>&amp</a>"), "XML-14");
}
TEST(XmlSafety, NamesTheTagsThatDoNotMatch) {
    auto read = cda::document::parse(with(sample(), "</title>", "</titre>"));
    auto const& f = std::get<cda::findings>(read).front();
    EXPECT_NE(f.message.fr.find("</titre>"), std::string::npos) << f.message.fr;
    EXPECT_NE(f.message.fr.find("<title>"), std::string::npos) << f.message.fr;
    EXPECT_GT(f.line, 1);
}
TEST(XmlSafety, ADocumentMadeToStallTheRulesIsRefusedInTime) {
    cda::check_options options;
    options.env = cda::environment::test;
    options.steps = 500;
    auto text = sample();
    auto v = cda::check({text}, options);
    EXPECT_FALSE(v.accepted);
    EXPECT_TRUE(has(v, "XML-10"));
}
TEST(XmlSafety, ThousandsOfFaultsAreCutShortAndSaidToBe) {
    std::string many;
    for (int i = 0; i < 20000; ++i) many += "<foo/>";
    auto v = judge({with(sample(), "<realmCode code=\"FR\"/>", "<realmCode code=\"FR\"/>" + many)});
    EXPECT_FALSE(v.accepted);
    EXPECT_TRUE(has(v, "CDA-99"));
    EXPECT_LT(v.found.size(), 310U);
}
TEST(XmlSafety, WarningsOfARuleDoNotHideItsError) {
    auto participant = [](std::string const& type) {
        return "<participant typeCode=\"" + type +
               "\"><realmCode code=\"FR\"/><time><low value=\"20260108\"/></time>"
               "<associatedEntity classCode=\"PROV\"/></participant>";
    };
    std::string many;
    for (int i = 0; i < 60; ++i) many += participant("REF");
    many += participant("AUT");
    auto v = judge({with(sample(), "<documentationOf", many + "<documentationOf")});
    auto of = [&](cda::severity level) {
        return std::count_if(v.found.begin(), v.found.end(), [&](auto const& f) {
            return f.rule == "HDR-140" && f.level == level;
        });
    };
    EXPECT_EQ(of(cda::severity::warning), 50);
    EXPECT_GE(of(cda::severity::error), 1);
}
TEST(Body, ANullFlavorDoesNotExcuseAContentThatCannotBeRead) {
    auto text =
        with(sample(), "representation=\"B64\">", "representation=\"B64\" nullFlavor=\"UNK\">@@@");
    EXPECT_TRUE(has(judge({text}), "CDA-02"));
}
TEST(XmlSafety, ADocumentThatWearsTheRulesOutIsNotSaidToBeOfAnUnknownModel) {
    cda::check_options options;
    options.env = cda::environment::test;
    options.steps = 5;
    EXPECT_FALSE(has(cda::check({sample()}, options), "MOD-01"));
}
TEST(XmlSafety, RefusesEveryTruncation) {
    auto whole = sample();
    auto end = whole.rfind('>');
    for (std::size_t cut = 0; cut < end; cut += 7)
        EXPECT_NE(refusal(whole.substr(0, cut)), "") << cut;
}
TEST(XmlSafety, RefusesInvalidUtf8) {
    EXPECT_EQ(refusal(with(sample(), "CH FICTIF", "CH \xC3\x28")), "XML-02");
}
TEST(XmlSafety, RefusesOverlongUtf8) {
    EXPECT_EQ(refusal(with(sample(), "CH FICTIF", "CH \xC0\xAF")), "XML-02");
}
TEST(XmlSafety, RefusesUnknownEncodings) {
    EXPECT_EQ(refusal(with(sample(), "UTF-8", "EBCDIC-FR")), "XML-02");
}
TEST(XmlSafety, RefusesTwoRoots) { EXPECT_EQ(refusal(sample() + "<x/>"), "XML-01"); }

TEST(Encoding, ReadsUtf8WithByteOrderMark) { EXPECT_EQ(refusal("\xEF\xBB\xBF" + sample()), ""); }
TEST(Encoding, ReadsUtf16) {
    EXPECT_EQ(refusal(utf16le(with(ascii_sample(), "UTF-8", "UTF-16"))), "");
}
TEST(Encoding, ReadsLatin9AndItsEuroSign) {
    auto text =
        with(with(ascii_sample(), "UTF-8", "ISO-8859-15"), "Compte rendu", "Co\xFBt 3 \xA4");
    auto read = cda::document::parse(text);
    ASSERT_TRUE(std::holds_alternative<cda::document>(read));
    EXPECT_TRUE(std::get<cda::document>(read).head().title.starts_with("Coût 3 €"));
}

TEST(Document, ReadsAPrefixedNamespace) {
    EXPECT_EQ(refusal("<h:ClinicalDocument "
                      "xmlns:h=\"urn:hl7-org:v3\"><h:title>a</h:title></h:ClinicalDocument>"),
              "");
}
TEST(Document, RefusesAnotherNamespace) {
    EXPECT_EQ(refusal("<ClinicalDocument xmlns=\"urn:x\"/>"), "HDR-001");
}
TEST(Document, GivesTheEmbeddedPdfByteForByte) {
    auto read = cda::document::parse(sample());
    EXPECT_EQ(std::get<cda::document>(read).embedded_pdf(), "%PDF-1.4\n% fictif\n");
}

TEST(Base64, RefusesTruncation) {
    EXPECT_EQ(cda::decode_base64("TWFu").value_or("?"), "Man");
    EXPECT_EQ(cda::decode_base64("TWE=").value_or("?"), "Ma");
    EXPECT_FALSE(cda::decode_base64("TWE"));
    EXPECT_FALSE(cda::decode_base64("TWFuT"));
    EXPECT_FALSE(cda::decode_base64("TW*u"));
    EXPECT_FALSE(cda::decode_base64("TQ==TQ=="));
}
