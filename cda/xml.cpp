#include "cda/xml.hpp"

#include "cda/parse.hpp"

namespace cda::xml {
std::string_view namespace_for(pugi::xml_node n, std::string_view prefix) {
    for (; n; n = n.parent())
        for (auto a : n.attributes()) {
            std::string_view name = a.name();
            bool declares = prefix.empty() ? name == "xmlns"
                                           : name.starts_with("xmlns:") && name.substr(6) == prefix;
            if (declares) return a.value();
        }
    return {};
}

std::string_view namespace_of(pugi::xml_node n) {
    std::string_view name = n.name();
    auto colon = name.find(':');
    return namespace_for(
        n, colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon));
}

pugi::xml_node child(pugi::xml_node parent, std::string_view name) {
    for (auto n : parent.children())
        if (n.type() == pugi::node_element && local(n) == name) return n;
    return {};
}

pugi::xml_node path(pugi::xml_node n, std::initializer_list<std::string_view> names) {
    for (auto name : names) n = child(n, name);
    return n;
}

namespace {
void collect(pugi::xml_node n, std::string& out) {
    for (auto c : n.children()) {
        if (c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata)
            out += c.value();
        else
            collect(c, out);
    }
}
}  // namespace

std::string text_verbatim(pugi::xml_node n) {
    std::string out;
    collect(n, out);
    return out;
}

std::string text(pugi::xml_node n) {
    auto out = text_verbatim(n);
    auto blank = " \t\r\n";
    auto from = out.find_first_not_of(blank);
    if (from == std::string::npos) return {};
    return out.substr(from, out.find_last_not_of(blank) - from + 1);
}

std::string_view text_view(pugi::xml_node n, std::string& buffer) {
    auto only = n.first_child();
    if (!only) return {};
    if (!only.next_sibling() && only.type() != pugi::node_element) return only.value();
    buffer = text_verbatim(n);
    return buffer;
}

bool blank(pugi::xml_node n) {
    std::string buffer;
    return text_view(n, buffer).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool load(std::string_view bytes, pugi::xml_document& into) {
    xml_limits limits;
    if (bytes.empty() || bytes.size() > limits.bytes) return false;
    std::string text;
    if (to_utf8(bytes, text) || scan(text, limits)) return false;
    return into.load_buffer(text.data(), text.size(),
                            pugi::parse_default | pugi::parse_ws_pcdata_single,
                            pugi::encoding_utf8) &&
           !check_namespaces(into.document_element(), text, limits);
}

std::string print(pugi::xml_document const& tree, layout how) {
    struct sink : pugi::xml_writer {
        void write(void const* data, std::size_t size) override {
            out.append(static_cast<char const*>(data), size);
        }
        std::string out;
    } text;
    auto format =
        how == layout::bare ? pugi::format_raw | pugi::format_no_declaration : pugi::format_indent;
    tree.save(text, " ", format, pugi::encoding_utf8);
    return text.out;
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
}  // namespace cda::xml
