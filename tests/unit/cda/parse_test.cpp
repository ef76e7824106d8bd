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
TEST(XmlSafety, NamesTheTagThatIsNotClosedAsItShouldBe) {
    auto read = cda::document::parse(with(sample(), "</title>", "</name>"));
    auto const& f = std::get<cda::findings>(read).front();
    EXPECT_NE(f.message.fr.find("</name>"), std::string::npos) << f.message.fr;
    EXPECT_NE(f.message.fr.find("<title>"), std::string::npos) << f.message.fr;
    EXPECT_GT(f.line, 1);
}
// A name typed as a tag is a patient's as well as one typed as text.
TEST(XmlSafety, NeverRepeatsANameThatIsNotCdas) {
    auto given = sample().substr(sample().find("<given>"));
    given = given.substr(0, given.find("</given>") + 8);
    for (auto wrong :
         {"<given><ZEPHYRINE LOUISE></given>", "<given><ZEPHYRINE></given>",
          "<given><ZEPHYRINE LOUISE=\"\"></ZEPHYRINE></given>", "<given><ZEPHYRINE:name/></given>",
          "<given></ZEPHYRINE></given>", "<given ZEPHYRINE=\"\">A</given>",
          "<given><x:name xmlns:x=\"ZEPHYRINE\"/></given>",
          "<given xsi:type=\"ZEPHYRINE\">A</given>", "<given qualifier=\"ZEPHYRINE\">A</given>"}) {
        auto v = judge({with(sample(), given, wrong)});
        EXPECT_FALSE(v.accepted) << wrong;
        for (auto const& f : v.found)
            for (auto const& words : {f.location, f.message.fr, f.message.en, f.remedy.fr})
                EXPECT_EQ(words.find("ZEPHYRINE"), std::string::npos) << wrong << ": " << words;
    }
    auto cut = judge({sample().substr(0, sample().find(given)) + "<ZEPHYRINE>"});
    EXPECT_TRUE(has(cut, "XML-13"));
    for (auto const& f : cut.found)
        EXPECT_EQ(f.message.fr.find("ZEPHYRINE"), std::string::npos) << f.message.fr;
}
TEST(XmlSafety, AnUnknownElementIsFoundByItsNumber) {
    auto v =
        judge({with(sample(), "<realmCode code=\"FR\"/>", "<foo/><bar/><realmCode code=\"FR\"/>")});
    EXPECT_TRUE(std::any_of(v.found.begin(), v.found.end(), [](auto const& f) {
        return f.rule == "STR-01" && f.location == "/ClinicalDocument/*[2]";
    }));
}
TEST(XmlSafety, RefusesWhatAStricterReaderWouldRefuse) {
    auto root = [](std::string const& more) {
        return with(sample(), "<ClinicalDocument", "<ClinicalDocument " + more);
    };
    auto title = [](std::string const& more) {
        return with(sample(), "<title>", "<title " + more + ">");
    };
    EXPECT_EQ(refusal(root("xmlns:q=\"\"")), "XML-15");
    EXPECT_EQ(refusal(root("xmlns:xml=\"urn:x\"")), "XML-15");
    EXPECT_EQ(refusal(root("xmlns:q=\"http://www.w3.org/XML/1998/namespace\"")), "XML-15");
    EXPECT_EQ(refusal(root("xmlns:xmlns=\"urn:x\"")), "XML-15");
    EXPECT_EQ(refusal(root("xmlns:1=\"urn:x\"")), "XML-15");
    EXPECT_EQ(refusal(title("q:x=\"\"")), "XML-15");
    EXPECT_EQ(refusal(title(":x=\"\"")), "XML-15");
    EXPECT_EQ(refusal(title("a:b:c=\"\"")), "XML-15");
    EXPECT_EQ(refusal("<:a/>"), "XML-15");
    EXPECT_EQ(refusal("<a:b/>"), "XML-15");
    EXPECT_EQ(refusal("<a xmlns:b='u'><b:1/></a>"), "XML-15");
    EXPECT_EQ(refusal("<a><b xmlns:c='u'/><c:d/></a>"), "XML-15");
    EXPECT_EQ(refusal("<a xmlns:b='u' xmlns:c='u' b:x='' c:x=''/>"), "XML-08");
    EXPECT_EQ(refusal("<a xmlns:b='u&#45;' xmlns:c='u-' b:x='' c:x=''/>"), "XML-08");
    EXPECT_EQ(refusal("<a>]]></a>"), "XML-01");
    EXPECT_EQ(refusal("<\xC3\x97/>"), "XML-01");  // the multiplication sign is no letter
    EXPECT_EQ(refusal("<a><?xml version='1.0'?></a>"), "XML-01");
    EXPECT_EQ(refusal("<a><?XmL ?></a>"), "XML-01");
    EXPECT_EQ(refusal("<a><? x?></a>"), "XML-01");
    EXPECT_EQ(refusal("<a><?x:y z?></a>"), "XML-15");
    for (auto declaration :
         {"<?xml encoding='UTF-8'?>", "<?xml version='1.0' bogus='x'?>",
          "<?xml version='1.0'encoding='UTF-8'?>",
          "<?xml version='1.0' standalone='yes' encoding='UTF-8'?>", "<?xml version='2.0'?>",
          "<?xml version=1.0?>", "<?xml version='1.0' standalone='maybe'?>",
          "<?xml version='1.0' version='1.0'?>", "<?xml ?>"})
        EXPECT_EQ(refusal(declaration + std::string("<a/>")), "XML-01") << declaration;
}
TEST(XmlSafety, TakesWhatTheStandardAllows) {
    for (auto fine :
         {"<?xml version='1.0' encoding=\"UTF-8\" standalone='no' ?><a/>", "<?xmlfoo bar?><a/>",
          "<?xml version = '1.0'?>\n<a><?p?></a>", "<a>]] ></a>", "<\xC3\xA9l\xC3\xA9ment/>",
          "<a xmlns:b='u' xmlns:c='v' b:x='' c:x='' x=''/>", "<a xml:lang='fr'/>",
          "<a xmlns='u'><b xmlns=''/></a>", "<a xmlns:b='u'><c xmlns:b='v'/><b:d/></a>"})
        EXPECT_EQ(refusal(fine), "HDR-001") << fine;
}
TEST(XmlSafety, CountsWhatTakesMemory) {
    std::string attributes, spaces, nested, authors;
    for (int i = 0; i < 60; ++i) attributes += " a" + std::to_string(i) + "=''";
    cda::xml_limits small;
    small.nodes = 50;
    EXPECT_EQ(refusal("<a" + attributes + "/>", small), "XML-07");
    for (int i = 0; i < 60; ++i) spaces += " xmlns:a" + std::to_string(i) + "='u'";
    for (int i = 0; i < 5; ++i) nested += "<a" + spaces + ">";
    for (int i = 0; i < 5; ++i) nested += "</a>";
    EXPECT_EQ(refusal(nested), "XML-05");
    for (int i = 0; i < 5000; ++i) authors += "<author/>";
    EXPECT_EQ(refusal(with(sample(), "<author>", authors + "<author>")), "XML-07");
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
    auto v = judge({with(sample(), "<recordTarget>", "<recordTarget>" + many)});
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
