/// What both XML signatures of this folder need of libxml2, xmlsec1 and OpenSSL.
#pragma once
#include <libxml/tree.h>
#include <xmlsec/xmldsig.h>

#include <memory>
#include <string>
#include <string_view>

#include "certs/xml_signature.hpp"

namespace certs::xml {
struct free_doc {
    void operator()(xmlDoc* d) const { xmlFreeDoc(d); }
};
using doc = std::unique_ptr<xmlDoc, free_doc>;
struct free_context {
    void operator()(xmlSecDSigCtx* c) const { xmlSecDSigCtxDestroy(c); }
};
using context = std::unique_ptr<xmlSecDSigCtx, free_context>;
struct free_x509 {
    void operator()(X509* x) const;
};
using certificate = std::unique_ptr<X509, free_x509>;

/// Starts the libraries once. @throws std::runtime_error
void start();
/// Null when it is not well-formed or has a DOCTYPE. Nothing is fetched, no entity is expanded.
[[nodiscard]] doc parse(std::string_view);
/// Elements whose attribute `name` equals `value`, up to two.
[[nodiscard]] std::vector<xmlNode*> with_attribute(xmlDoc*, char const* name,
                                                   std::string_view value);
[[nodiscard]] xmlNode* child(xmlNode*, char const* local_name, char const* ns);
[[nodiscard]] std::vector<xmlNode*> children(xmlNode*, char const* local_name, char const* ns);
[[nodiscard]] std::string attribute(xmlNode*, char const* name);
[[nodiscard]] std::string content(xmlNode*);  ///< without white space at the ends
/// Makes `name` an XML id throughout the document.
void register_ids(xmlDoc*, char const* name);
[[nodiscard]] std::string serialize(xmlDoc*);  ///< UTF-8, no declaration, no indentation
[[nodiscard]] std::string escape(std::string_view text);
/// A context that uses this key and none that a document brings along.
[[nodiscard]] context with_key(EVP_PKEY*);
[[nodiscard]] certificate from_base64(std::string const&);
/// Chain, validity now, and CA flags, against a PEM bundle. Empty: sound; otherwise why not.
[[nodiscard]] std::string chain_fault(X509*, std::string const& trust);
/// Canonical form 1.0 with comments of a whole document; empty: not well-formed.
[[nodiscard]] std::string canonical_with_comments(std::string_view);

inline constexpr char const* dsig = "http://www.w3.org/2000/09/xmldsig#";
}  // namespace certs::xml
