/// The detached XAdES document over a submission lot. SHA-1 is what the DMP's clients attest; the
/// documents themselves are protected by TLS and the seal. Source: dmp digest 9.1 and 9.4; IHE DSG.
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "certs/digest.hpp"
#include "certs/xmlsec.hpp"

namespace certs {
namespace {
constexpr char const* with_comments =
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
constexpr char const* sha1_uri = "http://www.w3.org/2000/09/xmldsig#sha1";
constexpr char const* xades = "http://uri.etsi.org/01903/v1.1.1#";
constexpr char const* nothing = "AA==";  ///< the lot itself has no bytes to digest

std::string sha1_base64(std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_sha1(), nullptr) != 1)
        throw std::runtime_error("SHA-1 is not available");
    return base64({reinterpret_cast<char const*>(out), size});
}

std::string der(X509* x) {
    auto size = i2d_X509(x, nullptr);
    if (size <= 0) throw std::runtime_error("a certificate cannot be encoded");
    std::string out(static_cast<std::size_t>(size), '\0');
    auto* p = reinterpret_cast<unsigned char*>(out.data());
    i2d_X509(x, &p);
    return out;
}

std::string issuer(X509* x) {
    std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    X509_NAME_print_ex(out.get(), X509_get_issuer_name(x), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* text = nullptr;
    auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string serial(X509* x) {
    std::unique_ptr<BIGNUM, decltype(&BN_free)> n(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), nullptr), BN_free);
    std::unique_ptr<char, void (*)(char*)> text(BN_bn2dec(n.get()),
                                                [](char* p) { OPENSSL_free(p); });
    return text.get();
}

std::string digest(std::string const& value) {
    return std::string("<ds:DigestMethod Algorithm=\"") + sha1_uri + "\"/><ds:DigestValue>" +
           value + "</ds:DigestValue>";
}
std::string reference(std::string const& type, std::string const& uri) {
    return "<ds:Reference Type=\"" + type + "\" URI=\"" + uri + "\">" + digest("") +
           "</ds:Reference>";
}

std::string manifest(std::string const& lot, std::vector<lot_member> const& members) {
    auto out = "<ds:Object><ds:Manifest Id=\"IHEManifest\"><ds:Reference URI=\"urn:oid:" +
               xml::escape(lot) + "\">" + digest(nothing) + "</ds:Reference>";
    for (auto const& m : members) {
        auto canonical = xml::canonical_with_comments(m.bytes);
        if (canonical.empty()) throw std::runtime_error("a document of the lot is not XML");
        out += "<ds:Reference URI=\"urn:oid:" + xml::escape(m.unique_id) +
               "\"><ds:Transforms><ds:Transform Algorithm=\"" + with_comments +
               "\"/></ds:Transforms>" + digest(sha1_base64(canonical)) + "</ds:Reference>";
    }
    return out + "</ds:Manifest></ds:Object>";
}

std::string properties(std::string const& id, std::string const& time, X509* signer) {
    return std::string("<ds:Object><QualifyingProperties xmlns=\"") + xades + "\" Target=\"#" + id +
           "\"><SignedProperties Id=\"S0-SignedProperties\"><SignedSignatureProperties>"
           "<SigningTime>" +
           xml::escape(time) +
           "</SigningTime><SigningCertificate><Cert><CertDigest><DigestMethod Algorithm=\"" +
           sha1_uri + "\"/><DigestValue>" + sha1_base64(der(signer)) +
           "</DigestValue></CertDigest><IssuerSerial><ds:X509IssuerName>" +
           xml::escape(issuer(signer)) + "</ds:X509IssuerName><ds:X509SerialNumber>" +
           serial(signer) +
           "</ds:X509SerialNumber></IssuerSerial></Cert></SigningCertificate>"
           "<SignaturePolicyIdentifier><SignaturePolicyImplied/></SignaturePolicyIdentifier>"
           "</SignedSignatureProperties></SignedProperties></QualifyingProperties></ds:Object>";
}

xmlNode* descend(xmlNode* from, std::initializer_list<char const*> names, char const* ns) {
    for (auto const* name : names) from = xml::child(from, name, ns);
    return from;
}

/// Every member once and with its digest, the lot with its literal, and nothing else.
std::string manifest_fault(xmlNode* signature, std::string_view lot,
                           std::vector<lot_member> const& members) {
    xmlNode* list = nullptr;
    for (auto* object : xml::children(signature, "Object", xml::dsig)) {
        auto* m = xml::child(object, "Manifest", xml::dsig);
        if (m != nullptr && xml::attribute(m, "Id") == "IHEManifest") list = m;
    }
    auto references = xml::children(list, "Reference", xml::dsig);
    if (references.size() != members.size() + 1) return "the manifest does not list the lot";
    auto value_of = [&](std::string const& uri) {
        for (auto* r : references)
            if (xml::attribute(r, "URI") == uri)
                return xml::content(xml::child(r, "DigestValue", xml::dsig));
        return std::string{};
    };
    if (value_of("urn:oid:" + std::string(lot)) != nothing)
        return "the manifest does not name the lot";
    for (auto const& m : members) {
        auto canonical = xml::canonical_with_comments(m.bytes);
        if (canonical.empty() || value_of("urn:oid:" + m.unique_id) != sha1_base64(canonical))
            return "the manifest does not fit document " + m.unique_id;
    }
    return {};
}

/// The two references that the profile asks for, so that nothing is left unsigned.
std::string reference_fault(xmlNode* signature) {
    auto references =
        xml::children(xml::child(signature, "SignedInfo", xml::dsig), "Reference", xml::dsig);
    bool listed = false, qualified = false;
    for (auto* r : references) {
        if (xml::child(r, "Transforms", xml::dsig) != nullptr) return "a transform is not expected";
        listed = listed || xml::attribute(r, "URI") == "#IHEManifest";
        qualified = qualified || xml::attribute(r, "URI") == "#S0-SignedProperties";
    }
    if (references.size() != 2 || !listed || !qualified)
        return "manifest and properties are not both signed";
    return {};
}
}  // namespace

std::string sign_lot(std::string_view signature_id, std::string_view lot_unique_id,
                     std::vector<lot_member> const& members, std::string_view signing_time_utc,
                     identity const& seal) {
    auto id = xml::escape(signature_id);
    auto text =
        std::string("<ds:Signature xmlns:ds=\"") + xml::dsig + "\" Id=\"" + id +
        "\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" + with_comments +
        "\"/><ds:SignatureMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#rsa-sha1\"/>" +
        reference("http://www.w3.org/2000/09/xmldsig#Manifest", "#IHEManifest") +
        reference(std::string(xades) + "SignedProperties", "#S0-SignedProperties") +
        "</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
        seal.certificate_base64() +
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><ds:SignatureProperties>"
        "<ds:SignatureProperty Id=\"purposeOfSignature\" Target=\"#" +
        id +
        "\">1.2.840.10065.1.12.1.14</ds:SignatureProperty></ds:SignatureProperties></ds:Object>" +
        manifest(std::string(lot_unique_id), members) +
        properties(id, std::string(signing_time_utc), seal.certificate()) + "</ds:Signature>";
    auto d = xml::parse(text);
    if (!d) throw std::runtime_error("the lot signature cannot be built");
    xml::register_ids(d.get(), "Id");
    auto context = xml::with_key(seal.key());
    context->flags |= XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
    if (xmlSecDSigCtxSign(context.get(), xmlDocGetRootElement(d.get())) < 0)
        throw std::runtime_error("the lot cannot be signed");
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml::serialize(d.get());
}

signature_report verify_lot(std::string_view text, std::string_view lot_unique_id,
                            std::vector<lot_member> const& members, std::string const& trust) {
    signature_report out;
    auto fail = [&](std::string why) {
        out.reason = std::move(why);
        return out;
    };
    auto d = xml::parse(text);
    if (!d) return fail("not well-formed XML");
    auto* signature = xmlDocGetRootElement(d.get());
    if (signature->ns == nullptr || !xmlStrEqual(signature->name, BAD_CAST "Signature") ||
        !xmlStrEqual(signature->ns->href, BAD_CAST xml::dsig))
        return fail("not a signature");
    for (auto const* id : {"IHEManifest", "S0-SignedProperties"})
        if (xml::with_attribute(d.get(), "Id", id).size() != 1)
            return fail("an id is missing or not unique");
    auto wrong = reference_fault(signature);
    if (wrong.empty()) wrong = manifest_fault(signature, lot_unique_id, members);
    if (!wrong.empty()) return fail(wrong);
    auto* node = descend(signature, {"KeyInfo", "X509Data", "X509Certificate"}, xml::dsig);
    auto signer = node == nullptr ? nullptr : xml::from_base64(xml::content(node));
    if (!signer) return fail("the signer's certificate is missing or unreadable");
    out.signer_subject = subject_of(signer.get());
    out.signer_ou = organizational_unit_of(signer.get());
    xmlNode* certified = nullptr;
    for (auto* object : xml::children(signature, "Object", xml::dsig)) {
        auto* found =
            descend(object,
                    {"QualifyingProperties", "SignedProperties", "SignedSignatureProperties",
                     "SigningCertificate", "Cert", "CertDigest", "DigestValue"},
                    xades);
        if (found != nullptr) certified = found;
    }
    if (certified == nullptr || xml::content(certified) != sha1_base64(der(signer.get())))
        return fail("the signed properties name another certificate");
    auto broken = xml::chain_fault(signer.get(), trust);
    if (!broken.empty()) return fail("the signer is not trusted: " + broken);
    xml::register_ids(d.get(), "Id");
    auto context = xml::with_key(X509_get0_pubkey(signer.get()));
    // The urn:oid: references of the manifest were checked above; no library can follow them.
    context->flags |= XMLSEC_DSIG_FLAGS_IGNORE_MANIFESTS;
    if (xmlSecDSigCtxVerify(context.get(), signature) < 0 ||
        context->status != xmlSecDSigStatusSucceeded)
        return fail("the signature does not fit the content");
    out.valid = true;
    return out;
}
}  // namespace certs
