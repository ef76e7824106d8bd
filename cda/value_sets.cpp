#include "cda/value_sets.hpp"

#include "cda/lexical.hpp"
#include "cda/xml.hpp"
#include "schemas/shipped.hpp"

namespace cda {
namespace {
/// `word` off the front of a line.
std::string_view take(std::string_view& line) {
    line = lexical::trimmed(line);
    auto end = line.find(' ');
    auto out = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
    return out;
}
std::map<std::string, value_set, std::less<>> read_table(std::string_view text) {
    std::map<std::string, value_set, std::less<>> out;
    value_set* set = nullptr;
    std::string system;
    while (!text.empty()) {
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line[0] == '#') continue;
        auto first = take(line);
        if (first == "set") {
            value_set s;
            s.oid = std::string(take(line));
            s.name = std::string(take(line));
            s.version = std::string(take(line));
            set = &out.emplace(s.oid, s).first->second;
        } else if (first == "system") {
            system = std::string(take(line));
        } else if (set != nullptr) {
            for (auto code = first; !code.empty(); code = take(line)) set->add(code, system);
        }
    }
    return out;
}
std::string date_of(pugi::xml_node set) {
    for (auto name : {"dateMaj", "revisionDate", "effectiveDate"}) {
        std::string digits;
        for (char c : std::string_view(set.attribute(name).value()))
            if (c >= '0' && c <= '9' && digits.size() < 8) digits += c;
        if (digits.size() == 8) return digits;
    }
    return set.attribute("version").value();
}
}  // namespace

value_sets const& value_sets::shipped() {
    static value_sets const one = [] {
        value_sets out;
        out.by_oid_ = read_table(schemas::value_sets);
        return out;
    }();
    return one;
}

std::optional<std::string> value_sets::add_svs(std::string_view bytes) {
    pugi::xml_document tree;
    if (!xml::load(bytes, tree)) return "not a safe, well-formed XML file";
    auto root = tree.document_element();
    if (xml::local(root) != "RetrieveValueSetResponse" ||
        xml::namespace_of(root) != "urn:ihe:iti:svs:2008")
        return "the root is not RetrieveValueSetResponse of urn:ihe:iti:svs:2008";
    auto set = xml::child(root, "ValueSet");
    value_set out;
    out.oid = xml::attribute(set, "id");
    out.name = xml::attribute(set, "displayName");
    if (out.name.ends_with(".tabs")) out.name.resize(out.name.size() - 5);
    out.version = date_of(set);
    if (!lexical::oid(out.oid)) return "ValueSet/@id is no OID";
    xml::each(xml::child(set, "ConceptList"), "Concept", [&](pugi::xml_node c) {
        // A concept with an end date has been withdrawn.
        if (c.attribute("dateFin").empty() || *c.attribute("dateFin").value() == '\0')
            out.add(c.attribute("code").value(), c.attribute("codeSystem").value());
    });
    if (out.size() == 0) return "the set holds no concept";
    by_oid_.insert_or_assign(out.oid, std::move(out));
    return std::nullopt;
}
}  // namespace cda
