#include "certs/xmlsec.hpp"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlsave.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <xmlsec/errors.h>
#include <xmlsec/openssl/app.h>
#include <xmlsec/openssl/crypto.h>
#include <xmlsec/openssl/evp.h>
#include <xmlsec/xmlsec.h>

#include <limits>
#include <stdexcept>

namespace certs::xml {
namespace {
xmlChar const* text(char const* s) { return reinterpret_cast<xmlChar const*>(s); }
std::string take(xmlChar* owned) {
    if (owned == nullptr) return {};
    std::string out(reinterpret_cast<char const*>(owned));
    xmlFree(owned);
    return out;
}
bool start_libraries() {
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecOpenSSLAppInit(nullptr) < 0 || xmlSecOpenSSLInit() < 0)
        return false;
    // Reports go to the caller as values; the libraries' own would go to stderr.
    xmlSecErrorsSetCallback(
        [](char const*, int, char const*, char const*, char const*, int, char const*) {});
    return true;
}

void walk(xmlNode* node, char const* name, std::string_view value, std::vector<xmlNode*>& out) {
    for (; node != nullptr && out.size() < 2; node = node->next) {
        if (node->type != XML_ELEMENT_NODE) continue;
        if (attribute(node, name) == value) out.push_back(node);
        walk(node->children, name, value, out);
    }
}
void register_below(xmlDoc* d, xmlNode* node, char const* name) {
    for (; node != nullptr; node = node->next) {
        if (node->type != XML_ELEMENT_NODE) continue;
        auto* a = xmlHasProp(node, text(name));
        if (a != nullptr && xmlGetID(d, text(attribute(node, name).c_str())) == nullptr)
            xmlAddID(nullptr, d, text(attribute(node, name).c_str()), a);
        register_below(d, node->children, name);
    }
}
}  // namespace

void free_x509::operator()(X509* x) const { X509_free(x); }

void start() {
    static bool const started = start_libraries();
    if (!started) throw std::runtime_error("xmlsec1 cannot start");
}

doc parse(std::string_view bytes) {
    start();
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return {};
    auto* c = xmlNewParserCtxt();
    if (c == nullptr) return {};
    c->sax->error = nullptr;
    c->sax->fatalError = nullptr;
    c->sax->warning = nullptr;
    doc out(xmlCtxtReadMemory(c, bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
    xmlFreeParserCtxt(c);
    if (out && xmlGetIntSubset(out.get()) != nullptr) return {};
    return out;
}

std::string attribute(xmlNode* node, char const* name) {
    return take(xmlGetNoNsProp(node, text(name)));
}

std::string content(xmlNode* node) {
    auto all = take(xmlNodeGetContent(node));
    auto from = all.find_first_not_of(" \t\r\n");
    if (from == std::string::npos) return {};
    return all.substr(from, all.find_last_not_of(" \t\r\n") - from + 1);
}

std::vector<xmlNode*> with_attribute(xmlDoc* d, char const* name, std::string_view value) {
    std::vector<xmlNode*> out;
    walk(xmlDocGetRootElement(d), name, value, out);
    return out;
}

std::vector<xmlNode*> children(xmlNode* parent, char const* local_name, char const* ns) {
    std::vector<xmlNode*> out;
    if (parent == nullptr) return out;
    for (auto* n = parent->children; n != nullptr; n = n->next)
        if (n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, text(local_name)) &&
            n->ns != nullptr && xmlStrEqual(n->ns->href, text(ns)))
            out.push_back(n);
    return out;
}
xmlNode* child(xmlNode* parent, char const* local_name, char const* ns) {
    auto all = children(parent, local_name, ns);
    return all.empty() ? nullptr : all.front();
}

void register_ids(xmlDoc* d, char const* name) { register_below(d, xmlDocGetRootElement(d), name); }

std::string serialize(xmlDoc* d) {
    auto* buffer = xmlBufferCreate();
    auto* save = xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_NO_DECL | XML_SAVE_AS_XML);
    bool good = save != nullptr && xmlSaveTree(save, xmlDocGetRootElement(d)) >= 0;
    if (save != nullptr) good = xmlSaveClose(save) >= 0 && good;
    std::string out(reinterpret_cast<char const*>(xmlBufferContent(buffer)),
                    static_cast<std::size_t>(xmlBufferLength(buffer)));
    xmlBufferFree(buffer);
    if (!good) throw std::runtime_error("an XML signature cannot be written");
    return out;
}

std::string escape(std::string_view in) {
    std::string out;
    for (char c : in) switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    return out;
}

context with_key(EVP_PKEY* pkey) {
    start();
    context out(xmlSecDSigCtxCreate(nullptr));
    if (!out) throw std::runtime_error("xmlsec1: no context");
    EVP_PKEY_up_ref(pkey);
    auto* data = xmlSecOpenSSLEvpKeyAdopt(pkey);
    auto* key = data == nullptr ? nullptr : xmlSecKeyCreate();
    if (key == nullptr || xmlSecKeySetValue(key, data) < 0)
        throw std::runtime_error("xmlsec1: the key cannot be used");
    out->signKey = key;
    return out;
}

certificate from_base64(std::string const& text64) {
    std::string compact;
    for (char c : text64)
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') compact += c;
    std::string lines = "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t i = 0; i < compact.size(); i += 64)
        lines += compact.substr(i, 64) + "\n";  // PEM wants short lines
    lines += "-----END CERTIFICATE-----\n";
    std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(lines.data(), static_cast<int>(lines.size())), BIO_free);
    return certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

std::string chain_fault(X509* leaf, std::string const& trust) {
    std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> anchors(X509_STORE_new(),
                                                                    X509_STORE_free);
    if (X509_STORE_load_file(anchors.get(), trust.c_str()) != 1)
        return "the trust file cannot be read";
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                          X509_STORE_CTX_free);
    if (X509_STORE_CTX_init(check.get(), anchors.get(), leaf, nullptr) != 1)
        return "the chain cannot be checked";
    if (X509_verify_cert(check.get()) == 1) return {};
    return X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
}

std::string canonical_with_comments(std::string_view bytes) {
    auto d = parse(bytes);
    if (!d) return {};
    xmlChar* out = nullptr;
    auto size = xmlC14NDocDumpMemory(d.get(), nullptr, XML_C14N_1_0, nullptr, 1, &out);
    if (size < 0) return {};
    std::string canonical(reinterpret_cast<char const*>(out), static_cast<std::size_t>(size));
    xmlFree(out);
    return canonical;
}
}  // namespace certs::xml
