/// The enveloped signature of the VIHF. Source: dmp digest 3.4; W3C xmldsig-core, xml-exc-c14n.
#include <openssl/x509.h>
#include <xmlsec/templates.h>
#include <xmlsec/transforms.h>
#include <xmlsec/xmltree.h>

#include <stdexcept>

#include "certs/xmlsec.hpp"

namespace certs {
namespace {
constexpr char const* exc_c14n = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr char const* rsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
constexpr char const* sha256_uri = "http://www.w3.org/2001/04/xmlenc#sha256";
constexpr char const* enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr char const* saml = "urn:oasis:names:tc:SAML:2.0:assertion";

std::string signature_template(std::string const& id, identity const& seal) {
    return std::string("<Signature xmlns=\"") + xml::dsig +
           "\"><SignedInfo><CanonicalizationMethod Algorithm=\"" + exc_c14n +
           "\"/><SignatureMethod Algorithm=\"" + rsa_sha256 + "\"/><Reference URI=\"#" +
           xml::escape(id) + "\"><Transforms><Transform Algorithm=\"" + enveloped +
           "\"/><Transform Algorithm=\"" + exc_c14n + "\"><InclusiveNamespaces xmlns=\"" +
           exc_c14n +
           "\" PrefixList=\"ds saml #default xsi\"/></Transform></Transforms><DigestMethod "
           "Algorithm=\"" +
           sha256_uri +
           "\"/><DigestValue/></Reference></SignedInfo><SignatureValue/>"
           "<KeyInfo><X509Data><X509Certificate>" +
           seal.certificate_base64() + "</X509Certificate></X509Data></KeyInfo></Signature>";
}

/// Everything that is not exactly the profile is refused: no other transform, no other algorithm,
/// no second reference.
std::string profile_fault(xmlNode* signature, std::string_view id) {
    auto* info = xml::child(signature, "SignedInfo", xml::dsig);
    auto algorithm = [](xmlNode* parent, char const* name) {
        auto* n = xml::child(parent, name, xml::dsig);
        return n == nullptr ? std::string{} : xml::attribute(n, "Algorithm");
    };
    if (info == nullptr || algorithm(info, "CanonicalizationMethod") != exc_c14n ||
        algorithm(info, "SignatureMethod") != rsa_sha256)
        return "the algorithms of the signature are not those of the VIHF";
    auto references = xml::children(info, "Reference", xml::dsig);
    if (references.size() != 1 || xml::attribute(references[0], "URI") != "#" + std::string(id) ||
        algorithm(references[0], "DigestMethod") != sha256_uri)
        return "the signature does not refer to the assertion";
    auto steps =
        xml::children(xml::child(references[0], "Transforms", xml::dsig), "Transform", xml::dsig);
    if (steps.size() != 2 || xml::attribute(steps[0], "Algorithm") != enveloped ||
        xml::attribute(steps[1], "Algorithm") != exc_c14n)
        return "the transforms of the signature are not those of the VIHF";
    return {};
}
}  // namespace

std::string sign_assertion(std::string_view text, std::string_view id, identity const& seal) {
    auto d = xml::parse(text);
    if (!d) throw std::runtime_error("the assertion is not well-formed");
    auto found = xml::with_attribute(d.get(), "ID", id);
    if (found.size() != 1) throw std::runtime_error("the assertion to sign is not there");
    auto* issuer = xml::child(found[0], "Issuer", saml);
    if (issuer == nullptr) throw std::runtime_error("the assertion has no Issuer");
    auto piece = xml::parse(signature_template(std::string(id), seal));
    auto* signature = xmlDocCopyNode(xmlDocGetRootElement(piece.get()), d.get(), 1);
    xmlAddNextSibling(issuer, signature);
    xml::register_ids(d.get(), "ID");
    auto context = xml::with_key(seal.key());
    if (xmlSecDSigCtxSign(context.get(), signature) < 0)
        throw std::runtime_error("the assertion cannot be signed");
    return xml::serialize(d.get());
}

signature_report verify_assertion(std::string_view text, std::string_view id,
                                  std::string const& trust) {
    signature_report out;
    auto fail = [&](std::string why) {
        out.reason = std::move(why);
        return out;
    };
    auto d = xml::parse(text);
    if (!d) return fail("not well-formed XML");
    auto found = xml::with_attribute(d.get(), "ID", id);
    if (found.size() != 1) return fail("the id of the assertion is missing or not unique");
    auto* assertion = found[0];
    if (assertion->ns == nullptr ||
        !xmlStrEqual(assertion->ns->href, reinterpret_cast<xmlChar const*>(saml)))
        return fail("the element with this id is not an assertion");
    auto signatures = xml::children(assertion, "Signature", xml::dsig);
    if (signatures.size() != 1) return fail("the assertion is not signed once");
    auto wrong = profile_fault(signatures[0], id);
    if (!wrong.empty()) return fail(wrong);
    auto* data = xml::child(xml::child(signatures[0], "KeyInfo", xml::dsig), "X509Data", xml::dsig);
    auto* node = xml::child(data, "X509Certificate", xml::dsig);
    auto signer = node == nullptr ? nullptr : xml::from_base64(xml::content(node));
    if (!signer) return fail("the signer's certificate is missing or unreadable");
    out.signer_subject = subject_of(signer.get());
    out.signer_ou = organizational_unit_of(signer.get());
    auto broken = xml::chain_fault(signer.get(), trust);
    if (!broken.empty()) return fail("the signer is not trusted: " + broken);
    xml::register_ids(d.get(), "ID");
    auto context = xml::with_key(X509_get0_pubkey(signer.get()));
    if (xmlSecDSigCtxVerify(context.get(), signatures[0]) < 0 ||
        context->status != xmlSecDSigStatusSucceeded)
        return fail("the signature does not fit the content");
    out.valid = true;
    return out;
}
}  // namespace certs
