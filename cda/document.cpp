#include "cda/document.hpp"

#include <algorithm>
#include <vector>

#include "cda/base64.hpp"
#include "cda/check.hpp"
#include "cda/header_reader.hpp"
#include "cda/location.hpp"
#include "cda/parse.hpp"
#include "cda/xml.hpp"

namespace cda {
struct document::state {
    pugi::xml_document tree;
    pugi::xml_node root;
    header head;
    std::vector<std::uint32_t> lines;  ///< offset of the first byte of each line of the UTF-8 text
};

namespace {
constexpr std::string_view hl7 = "urn:hl7-org:v3";

/// Every ClinicalDocument of the namespace below `n`, without descending into one.
void find_documents(pugi::xml_node n, std::vector<pugi::xml_node>& out) {
    for (auto c : n.children()) {
        if (c.type() != pugi::node_element) continue;
        if (xml::local(c) == "ClinicalDocument" && xml::namespace_of(c) == hl7)
            out.push_back(c);
        else
            find_documents(c, out);
    }
}

std::vector<std::uint32_t> lines_of(std::string_view text) {
    std::vector<std::uint32_t> out{0};
    out.reserve(text.size() / 32);
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        out.push_back(static_cast<std::uint32_t>(at + 1));
    return out;
}

findings one(char const* rule, int line = 0, std::vector<std::string> const& words = {}) {
    return {catalogue::shipped().make(rule, "", line, words)};
}
findings one(scan_fault const& bad) {
    std::vector<std::string> words;
    for (auto const& name : bad.words) words.push_back(shown_tag(name));
    return one(bad.rule.c_str(), bad.line, words);
}

std::size_t elements_under(pugi::xml_node n) {
    return static_cast<std::size_t>(std::count_if(
        n.begin(), n.end(), [](pugi::xml_node c) { return c.type() == pugi::node_element; }));
}
}  // namespace

document::document(std::unique_ptr<state> s) : state_(std::move(s)) {}
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

std::variant<document, findings> document::parse(std::string_view bytes, xml_limits const& limits) {
    if (bytes.empty()) return one("XML-01");
    if (bytes.size() > limits.bytes) return one("XML-06");
    auto s = std::make_unique<state>();
    std::string text;
    if (auto bad = to_utf8(bytes, text)) return one(*bad);
    if (auto bad = scan(text, limits)) return one(*bad);
    s->lines = lines_of(text);
    auto read = s->tree.load_buffer(text.data(), text.size(),
                                    pugi::parse_default | pugi::parse_ws_pcdata_single,
                                    pugi::encoding_utf8);
    if (!read) return one("XML-01");
    if (auto bad = check_namespaces(s->tree.document_element(), text, limits)) return one(*bad);
    std::vector<pugi::xml_node> found;
    find_documents(s->tree, found);
    auto top = s->tree.document_element();
    bool inside_xslt = xml::namespace_of(top) == "http://www.w3.org/1999/XSL/Transform";
    if (found.size() != 1 || (found.front() != top && !inside_xslt)) return one("HDR-001", 1);
    s->root = found.front();
    if (elements_under(s->root) > limits.participations) return one("XML-07");
    s->head = read_header(s->root);
    s->head.self_presenting = inside_xslt;
    return document(std::move(s));
}

header const& document::head() const { return state_->head; }
pugi::xml_node document::root() const { return state_->root; }

document::position document::position_of(pugi::xml_node n) const {
    while (n && n.offset_debug() < 0) n = n.parent();
    if (!n) return {};
    // The offset is that of the name; the tag begins one before.
    auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(n.offset_debug(), 1)) - 1;
    auto const& lines = state_->lines;
    auto next = std::upper_bound(lines.begin(), lines.end(), at);
    if (next == lines.begin()) return {};
    return {static_cast<int>(next - lines.begin()), static_cast<int>(at - *std::prev(next)) + 1};
}

namespace {
std::string pdf_in(pugi::xml_node n) {
    if (xml::attribute(n, "mediaType") != "application/pdf") return {};
    std::string buffer;
    return decode_base64(xml::text_view(n, buffer)).value_or(std::string{});
}
std::string first_media_pdf(pugi::xml_node n) {
    for (auto c : n.children()) {
        if (c.type() != pugi::node_element) continue;
        auto pdf = xml::local(c) == "observationMedia" ? pdf_in(xml::child(c, "value"))
                                                       : first_media_pdf(c);
        if (!pdf.empty()) return pdf;
    }
    return {};
}
}  // namespace

std::string document::embedded_pdf() const {
    auto component = xml::child(state_->root, "component");
    if (auto body = xml::child(component, "nonXMLBody")) return pdf_in(xml::child(body, "text"));
    // Level 3: the section "copie du document" (LOINC 55108-5) carries it; other media are pictures
    // of the examination.
    std::string out;
    xml::each(xml::child(component, "structuredBody"), "component", [&](pugi::xml_node c) {
        auto section = xml::child(c, "section");
        if (out.empty() && xml::attribute(xml::child(section, "code"), "code") == "55108-5")
            out = first_media_pdf(section);
    });
    return out;
}
}  // namespace cda
