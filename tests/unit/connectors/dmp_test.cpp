#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "../cda/sample.hpp"
#include "cda/xds_reader.hpp"
#include "cda/xds_signature.hpp"
#include "cda/xml.hpp"
#include "connectors/dmp/iti41.hpp"
#include "connectors/dmp/mtom.hpp"

namespace {
std::string envelope(std::string const& body) {
    return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>" + body +
           "</s:Body></s:Envelope>";
}
std::string response(std::string const& status, std::string const& inside = "") {
    return envelope(
        "<rs:RegistryResponse xmlns:rs=\"urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0\" status=\"" +
        status + "\">" + inside + "</rs:RegistryResponse>");
}
using kind = dmp::registry_answer::kind;
kind what(std::string const& body, char const* type = "application/soap+xml; charset=UTF-8") {
    return dmp::read_answer(type, body).what;
}

TEST(Answer, OnlyASuccessIsASuccess) {
    auto base = std::string("urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:");
    EXPECT_EQ(what(response(base + "Success")), kind::success);
    EXPECT_EQ(what(response(base + "Failure")), kind::failure);
    EXPECT_EQ(what(response("urn:ihe:iti:2007:ResponseStatusType:PartialSuccess")), kind::failure);
    EXPECT_EQ(what(response(base + "NotASuccess")), kind::unreadable);
    EXPECT_EQ(what(response("")), kind::unreadable);
    EXPECT_EQ(what(envelope("")), kind::unreadable);
    EXPECT_EQ(what("<html>Success</html>"), kind::unreadable);
    EXPECT_EQ(what(response(base + "Success"), "text/html"), kind::unreadable);
    EXPECT_EQ(what("<!DOCTYPE a [<!ENTITY e \"x\">]>" + response(base + "Success")),
              kind::unreadable);
    EXPECT_EQ(what(response(base + "Success").substr(0, 200)), kind::unreadable);
}
TEST(Answer, FaultsKeepTheirWords) {
    auto said = dmp::read_answer(
        "application/soap+xml",
        envelope("<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>"
                 "wsse:FailedAuthentication</s:Value></s:Subcode></s:Code><s:Reason>"
                 "<s:Text>refus</s:Text></s:Reason></s:Fault>"));
    EXPECT_EQ(said.what, kind::fault);
    EXPECT_EQ(said.fault_code, "s:Sender/wsse:FailedAuthentication");
    EXPECT_EQ(said.fault_text, "refus");
}
TEST(Answer, IsReadOutOfMtomToo) {
    auto body = "--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <r@x>\r\n\r\n" +
                response("urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success") +
                "\r\n--b--\r\n";
    EXPECT_EQ(what(body, "multipart/related; type=\"application/xop+xml\"; boundary=b"),
              kind::success);
}

TEST(Mtom, KeepsTheBytesOfParts) {
    std::string document = "\r\n--b\nnot a delimiter\r\n";
    auto body = "--bb\r\nContent-ID: <r@x>\r\n\r\n<a/>\r\n--bb\r\nContent-ID: <d@x>\r\n\r\n" +
                document + "\r\n--bb--";
    auto read = dmp::read_mtom("multipart/related; boundary=bb; start=\"<r@x>\"", body);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->root, "<a/>");
    EXPECT_EQ(dmp::part_of(*read, "cid:d%40x"), document);
    EXPECT_FALSE(dmp::part_of(*read, "cid:other"));
    EXPECT_FALSE(dmp::part_of(*read, "http://d@x"));
}
TEST(Mtom, RefusesWhatIsMalformed) {
    for (std::string_view body :
         {"", "--b", "--b--", "--b\r\nContent-ID: <r>\r\n\r\n<a/>",
          "--b\r\nContent-ID: <r>\r\n\r\nx\r\n--b\r\nContent-ID: <d>\r\n\r\n1\r\n--b\r\n"
          "Content-ID: <d>\r\n\r\n2\r\n--b--",
          "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--b--"})
        EXPECT_FALSE(dmp::read_mtom("multipart/related; boundary=b", body)) << body;
    EXPECT_FALSE(dmp::read_mtom("multipart/related", "--b--"));
}

TEST(Iti41, WhatWePackIsWhatAReaderUnpacks) {
    auto parsed = cda::document::parse(sample());
    auto& document = std::get<cda::document>(parsed);
    dmp::deposit lot;
    lot.entries.push_back(
        cda::derive_entry(document, {"Document01", std::string(40, 'a'), 12, {}}));
    lot.entries[0].replaces_entry = "urn:uuid:11111111-2222-3333-4444-555555555555";
    lot.set.submission_time = "20260115093105";
    lot.set.unique_id = "1.2.3";
    lot.set.source_id = "1.2.4";
    lot.set.patient_id = lot.entries[0].patient_id;
    lot.set.author = {"CH <&> FICTIF", "x^y", "", ""};
    lot.set.content_type = {"03", "1.2.250.1.213.2.2", "Hospitalisation"};
    lot.signature = cda::signature_entry(lot.set, lot.entries[0],
                                         {"1.2.5", "20260115093105", std::string(40, 'b'), 4});
    std::string bytes = sample();
    lot.parts = {{"Document01", bytes}, {lot.signature.id, "<s/>"}};
    auto message =
        dmp::make_iti41(lot, "<Assertion/>", "https://dmp.example/r?a=1&b=2", "urn:uuid:1");
    auto read = dmp::read_mtom(message.content_type, message.body);
    ASSERT_TRUE(read);
    pugi::xml_document tree;
    ASSERT_TRUE(cda::xml::load(read->root, tree));
    auto request =
        cda::xml::path(tree.document_element(), {"Body", "ProvideAndRegisterDocumentSetRequest"});
    auto said = cda::read_submit_objects(cda::xml::child(request, "SubmitObjectsRequest"));
    ASSERT_EQ(said.entries.size(), 2U);
    EXPECT_EQ(said.entries[0].unique_id, lot.entries[0].unique_id);
    EXPECT_EQ(said.entries[0].type_code.code, lot.entries[0].type_code.code);
    EXPECT_EQ(said.set->author.institution, "CH <&> FICTIF");
    std::vector<std::string> types;
    for (auto const& a : said.associations) types.push_back(a.type.substr(a.type.rfind(':') + 1));
    EXPECT_EQ(types, (std::vector<std::string>{"HasMember", "HasMember", "signs", "RPLC"}));
    std::vector<std::string_view> parts;
    cda::xml::each(request, "Document", [&](pugi::xml_node n) {
        parts.push_back(
            *dmp::part_of(*read, cda::xml::attribute(cda::xml::child(n, "Include"), "href")));
    });
    EXPECT_EQ(parts, (std::vector<std::string_view>{bytes, "<s/>"}));
}
TEST(Iti18, AUniqueIdCannotLeaveItsQuotes) {
    auto message =
        dmp::make_get_documents("1.2') OR ('", "<Assertion/>", "https://dmp.example", "urn:uuid:1");
    EXPECT_NE(message.body.find("('1.2'') OR (''')"), std::string::npos);
}
}  // namespace
