#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "certs/sandbox_pki.hpp"
#include "certs/xml_signature.hpp"

namespace {
namespace fs = std::filesystem;
constexpr char const* id = "_5f0c2c1e-6a0e-4c0b-9d7e-3a1b8f5e7c21";

std::string assertion() {
    return std::string(
               "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" "
               "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ID=\"") +
           id +
           "\" Version=\"2.0\"><Issuer>CN=x</Issuer><Subject><NameID>1759999014/é</NameID>"
           "</Subject></Assertion>";
}
std::string replaced(std::string text, std::string const& from, std::string const& to) {
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

class Signature : public testing::Test {
protected:
    static void SetUpTestSuite() {
        dir = fs::temp_directory_path() / ("liaison-signature-" + std::to_string(getpid()));
        certs::make_sandbox_pki(dir.string());
    }
    static void TearDownTestSuite() { fs::remove_all(dir); }
    static certs::identity who(std::string const& name) {
        return certs::identity::load_pem((dir / (name + ".crt")).string(),
                                         (dir / (name + ".key")).string());
    }
    static std::string trust() { return (dir / "ca.crt").string(); }
    static int run_xmlsec1(std::string const& xml, std::string const& options) {
        auto file = (dir / "signed.xml").string();
        std::ofstream(file, std::ios::binary) << xml;
        auto command = "xmlsec1 --verify " + options + " --trusted-pem " +
                       (dir / "root.crt").string() + " --untrusted-pem " +
                       (dir / "intermediate.crt").string() + " " + file + " > " +
                       (dir / "xmlsec1.out").string() + " 2>&1";
        return std::system(command.c_str());
    }
    static bool have_xmlsec1() { return std::system("command -v xmlsec1 >/dev/null") == 0; }
    static inline fs::path dir;
};

TEST_F(Signature, AnAssertionThatWeSignVerifies) {
    auto text = certs::sign_assertion(assertion(), id, who("seal"));
    auto report = certs::verify_assertion(text, id, trust());
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.signer_subject, who("seal").subject());
    EXPECT_EQ(report.signer_ou, "1759999014");
}

TEST_F(Signature, StandsRightAfterTheIssuer) {
    auto text = certs::sign_assertion(assertion(), id, who("seal"));
    EXPECT_NE(text.find("</Issuer><Signature"), std::string::npos);
}

TEST_F(Signature, AnotherImplementationAgreesInsideAnEnvelope) {
    if (!have_xmlsec1()) GTEST_SKIP() << "xmlsec1 is not installed";
    auto text =
        "<soap:Envelope xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\" "
        "xmlns=\"urn:other\"><soap:Header>" +
        certs::sign_assertion(assertion(), id, who("seal")) + "</soap:Header></soap:Envelope>";
    auto options = "--id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion";
    EXPECT_EQ(run_xmlsec1(text, options), 0);
    EXPECT_TRUE(certs::verify_assertion(text, id, trust()).valid);
    EXPECT_NE(run_xmlsec1(replaced(text, "1759999014/", "1759999015/"), options), 0);
}

TEST_F(Signature, AChangedContentIsNotBelieved) {
    auto text = certs::sign_assertion(assertion(), id, who("seal"));
    EXPECT_FALSE(
        certs::verify_assertion(replaced(text, "1759999014/", "1759999015/"), id, trust()).valid);
}

TEST_F(Signature, ASignerOfAnotherAuthorityIsNotBelieved) {
    auto other = dir / "other";
    certs::make_sandbox_pki(other.string());
    auto stranger =
        certs::identity::load_pem((other / "seal.crt").string(), (other / "seal.key").string());
    auto text = certs::sign_assertion(assertion(), id, stranger);
    EXPECT_FALSE(certs::verify_assertion(text, id, trust()).valid);
    EXPECT_TRUE(certs::verify_assertion(text, id, (other / "ca.crt").string()).valid);
}

TEST_F(Signature, AnExpiredSignerIsNotBelieved) {
    auto text = certs::sign_assertion(assertion(), id, who("expired"));
    EXPECT_NE(certs::verify_assertion(text, id, trust()).reason.find("expired"), std::string::npos);
}

TEST_F(Signature, AnUnsignedAssertionIsNotBelieved) {
    EXPECT_FALSE(certs::verify_assertion(assertion(), id, trust()).valid);
}

TEST_F(Signature, ASecondAssertionBesideTheSignedOneIsNotBelieved) {
    auto good = certs::sign_assertion(assertion(), id, who("seal"));
    auto forged = replaced(assertion(), "1759999014/", "1750000000/");
    EXPECT_FALSE(certs::verify_assertion("<a>" + forged + good + "</a>", id, trust()).valid);
    // The signed one hidden in another, whose own signature refers to the hidden.
    auto wrapped = replaced(replaced(good, id, "_other"), "<Subject>", good + "<Subject>");
    EXPECT_FALSE(certs::verify_assertion(wrapped, "_other", trust()).valid);
}

TEST_F(Signature, ADoctypeIsNotRead) {
    auto text =
        "<!DOCTYPE a [<!ENTITY b \"c\">]>" + certs::sign_assertion(assertion(), id, who("seal"));
    EXPECT_FALSE(certs::verify_assertion(text, id, trust()).valid);
}

constexpr char const* document = "<?xml version=\"1.0\"?><a b='1'><!-- kept --><c/></a>";

TEST_F(Signature, ALotThatWeSignVerifies) {
    std::vector<certs::lot_member> lot{{"1.2.3", document}, {"1.2.4", "<x/>"}};
    auto text = certs::sign_lot("1.9.1", "1.9.2", lot, "2026-01-15T09:31:05.000Z", who("seal"));
    auto report = certs::verify_lot(text, "1.9.2", lot, trust());
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_FALSE(certs::verify_lot(text, "1.9.3", lot, trust()).valid);
    EXPECT_FALSE(certs::verify_lot(text, "1.9.2", {{"1.2.3", document}}, trust()).valid);
    EXPECT_FALSE(
        certs::verify_lot(text, "1.9.2", {{"1.2.3", "<a b='2'/>"}, {"1.2.4", "<x/>"}}, trust())
            .valid);
}

TEST_F(Signature, AnotherImplementationAgreesOnALot) {
    if (!have_xmlsec1()) GTEST_SKIP() << "xmlsec1 is not installed";
    auto text = certs::sign_lot("1.9.1", "1.9.2", {{"1.2.3", document}}, "2026-01-15T09:31:05.000Z",
                                who("seal"));
    auto options =
        "--ignore-manifests --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Manifest "
        "--id-attr:Id 'http://uri.etsi.org/01903/v1.1.1#:SignedProperties'";
    EXPECT_EQ(run_xmlsec1(text, options), 0);
    EXPECT_NE(run_xmlsec1(replaced(text, "urn:oid:1.2.3", "urn:oid:1.2.5"), options), 0);
}

TEST_F(Signature, TheOfficialWorkedLotVerifies) {
    fs::path example = fs::path(LIAISON_SHARED) / "examples/xds/dmp-worked-example";
    if (!fs::exists(example)) GTEST_SKIP() << "no examples beside the checkout";
    auto read = [&](char const* name) {
        std::ifstream in(example / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    auto cda = read("cda.xml");
    auto ca = (example / "ca.crt.pem").string();
    auto lot = certs::verify_lot(read("lot-signature.xml"), "1.2.250.1.999.7.42.4.20260115093105.1",
                                 {{"1.2.250.1.999.7.42.3.2026.15.1", cda}}, ca);
    EXPECT_TRUE(lot.valid) << lot.reason;
    auto vihf = certs::verify_assertion(read("soap.xml"), id, ca);
    EXPECT_TRUE(vihf.valid) << vihf.reason;
}
}  // namespace
