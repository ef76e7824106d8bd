#include "cda/document_types.hpp"

#include <toml++/toml.h>

#include <map>
#include <stdexcept>

#include "schemas/shipped.hpp"

namespace cda {
namespace {
struct tables {
    std::map<std::pair<std::string, std::string>, coded> classes;       // (type, system) -> class
    std::map<std::pair<std::string, std::string>, std::string> labels;  // of types
    std::map<std::string, std::string> formats;

    tables() {
        auto root = toml::parse(schemas::document_types);
        auto each = [&](char const* name, auto fn) {
            auto list = root[name].as_array();
            if (list == nullptr)
                throw std::runtime_error(std::string("document types: no ") + name);
            for (auto const& item : *list) fn(*item.as_table());
        };
        auto text = [](toml::table const& t, char const* key) {
            return t.at(key).value<std::string>().value();
        };
        std::map<std::string, std::string> class_labels;
        each("class",
             [&](toml::table const& t) { class_labels[text(t, "code")] = text(t, "label"); });
        each("type", [&](toml::table const& t) {
            auto system =
                text(t, "system") == "L" ? "2.16.840.1.113883.6.1" : "1.2.250.1.213.1.1.4.12";
            labels[{text(t, "code"), system}] = text(t, "label");
            if (!t.at("dmp").value<bool>().value()) return;
            auto code = text(t, "class");
            classes[{text(t, "code"), system}] = {code, "1.2.250.1.213.1.1.4.1",
                                                  class_labels.at(code)};
        });
        each("format",
             [&](toml::table const& t) { formats[text(t, "template")] = text(t, "code"); });
    }
};
tables const& shipped() {
    static tables const one;
    return one;
}
/// urn:ihe… codes stand in TRE_A11, the national ones in TRE_A06.
std::string scheme_of(std::string const& format) {
    return format.starts_with("urn:ihe:") ? "1.3.6.1.4.1.19376.1.2.3" : "1.2.250.1.213.1.1.4.2.282";
}
}  // namespace

std::optional<coded> class_of(coded const& type) {
    auto found = shipped().classes.find({type.code, type.code_system});
    if (found == shipped().classes.end()) return std::nullopt;
    return found->second;
}

coded type_of(coded const& type) {
    auto found = shipped().labels.find({type.code, type.code_system});
    return found == shipped().labels.end() ? type
                                           : coded{type.code, type.code_system, found->second};
}

coded format_of(header const& h) {
    if (h.non_xml_body && h.body_media_type == "application/pdf")
        return {"urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3",
                "Document à corps non structuré en Pdf/A-1"};
    // The other media of ASS_A12. The scheme of the iti-fr codes is not established; the IHE one is
    // kept for all.
    static std::map<std::string, std::string> const media{
        {"text/plain", "urn:ihe:iti:xds-sd:text:2008"},
        {"text/rtf", "urn:ihe:iti-fr:xds-sd:rtf:2010"},
        {"image/jpeg", "urn:ihe:iti-fr:xds-sd:jpeg:2010"},
        {"image/tiff", "urn:ihe:iti-fr:xds-sd:tiff:2010"}};
    if (auto found = media.find(h.body_media_type); h.non_xml_body && found != media.end())
        return {found->second, "1.3.6.1.4.1.19376.1.2.3", found->second};
    for (auto const& t : h.templates)
        if (auto found = shipped().formats.find(t.root);
            !h.non_xml_body && found != shipped().formats.end())
            return {found->second, scheme_of(found->second), found->second};
    std::string other = "urn:asipSante:modelesHorsProfils:2011";
    return {other, scheme_of(other), other};
}
}  // namespace cda
