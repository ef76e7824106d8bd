/// Rules on datatypes, for every header element of a kind: DT-…, TEL-…, ADDR-…. The body has its
/// own models. Source: CI-SIS Structuration Minimale, datatype rules (digest 2.14).
#include <algorithm>
#include <set>

#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
using names = std::initializer_list<std::string_view>;
bool in(names list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}
bool has(pugi::xml_node n, char const* attribute) { return !n.attribute(attribute).empty(); }
std::string_view value(pugi::xml_node n, char const* attribute) {
    return n.attribute(attribute).value();
}

bool empty_element(pugi::xml_node n) {
    return std::none_of(n.begin(), n.end(), [](pugi::xml_node c) {
        return c.type() == pugi::node_element ||
               (c.type() == pugi::node_pcdata && !xml::text(c.parent()).empty());
    });
}

class judge {
public:
    explicit judge(context const& c) : c_(c) {}

    /// Every element of the header, with its path below ClinicalDocument.
    void walk(pugi::xml_node parent, std::string const& path) {
        for (auto n : parent.children()) {
            if (n.type() != pugi::node_element) continue;
            auto name = std::string(xml::local(n));
            if (path.empty() && name == "component") continue;
            auto here = path.empty() ? name : path + "/" + name;
            element(n, name, here);
            walk(n, here);
        }
        siblings(parent, path);
    }

private:
    void say(char const* rule, std::string const& path, pugi::xml_node n) const {
        c_.report(rule, path.c_str(), n);
    }

    void element(pugi::xml_node n, std::string_view name, std::string const& path) const {
        bool null = has(n, "nullFlavor");
        if (null) nothing_else(n, path);
        if (in({"id", "templateId", "setId"}, name)) instance_id(n, path, null);
        if (in({"realmCode", "languageCode", "signatureCode", "statusCode"}, name))
            simple_code(n, path, null);
        else if (name != "postalCode" && (name.ends_with("Code") || name == "code"))
            coded_value(n, path, null);
        if (name == "telecom") telecom(n, path, null);
        if (name == "addr") address(n, path, null);
        if (in({"time", "effectiveTime", "birthTime", "low", "high", "center"}, name) &&
            has(n, "value") && !timestamp(value(n, "value")))
            say("DT-TS", path, n);
        if (in({"time", "effectiveTime"}, name)) interval(n, path);
    }

    /// An element that says "unknown" says nothing beside it; OTH, NA and UNC may point at words.
    void nothing_else(pugi::xml_node n, std::string const& path) const {
        if (in({"OTH", "NA", "UNC"}, value(n, "nullFlavor"))) return;
        for (auto a : n.attributes()) {
            std::string_view name = a.name();
            if (name != "nullFlavor" && !name.ends_with(":type") && !name.starts_with("xmlns") &&
                !in({"classCode", "moodCode", "typeCode", "determinerCode", "contextControlCode"},
                    name))
                return say("DT-NULL", path, n);
        }
        if (!empty_element(n)) say("DT-NULL", path, n);
    }

    void instance_id(pugi::xml_node n, std::string const& path, bool null) const {
        if (null ? has(n, "root") : !oid_or_uuid(value(n, "root"))) say("DT-II", path, n);
    }

    void simple_code(pugi::xml_node n, std::string const& path, bool null) const {
        bool more = has(n, "codeSystem") || has(n, "codeSystemName") || has(n, "displayName");
        if (has(n, "code") == null || more) say("DT-CS", path, n);
    }

    void coded_value(pugi::xml_node n, std::string const& path, bool null) const {
        bool code = has(n, "code"), system = has(n, "codeSystem");
        bool words = bool(xml::child(n, "originalText"));
        bool wrong = (null && (code || has(n, "displayName"))) || (!null && !code && !words) ||
                     (code && !system && xml::local(n) != "dischargeDispositionCode") ||
                     (has(n, "displayName") && !code);
        if (wrong) say("DT-CD", path, n);
    }

    void telecom(pugi::xml_node n, std::string const& path, bool null) const {
        if (null) {
            if (has(n, "value") || has(n, "use") ||
                !in({"UNK", "NASK", "ASKU", "NAV", "MSK"}, value(n, "nullFlavor")))
                say("TEL-1", path, n);
            return;
        }
        auto v = value(n, "value");
        if (v.empty()) return say("TEL-1", path, n);
        auto colon = v.find(':');
        bool known = colon != std::string_view::npos && colon + 1 < v.size() &&
                     in({"tel", "fax", "mailto", "http", "ftp", "mllp"}, v.substr(0, colon));
        if (!known) say("TEL-2", path, n);
        if (v.find(' ') != std::string_view::npos) say("TEL-3", path, n);
        if (has(n, "use") &&
            !in({"H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"}, value(n, "use")))
            say("TEL-4", path, n);
    }

    void address(pugi::xml_node n, std::string const& path, bool null) const {
        std::size_t lines = 0;
        std::set<std::string> parts;
        for (auto part : n.children()) {
            if (part.type() != pugi::node_element) continue;
            auto name = std::string(xml::local(part));
            if (name == "streetAddressLine" ? ++lines > 7 : !parts.insert(name).second)
                return say("ADDR-1", path, part);
        }
        if (!null && lines == 0 && parts.empty() && xml::text(n).empty()) say("ADDR-2", path, n);
        if (has(n, "use") && !in({"H", "HP", "HV", "WP", "TMP"}, value(n, "use")))
            say("ADDR-3", path, n);
    }

    /// Either one instant or a period, and a period that does not run backwards.
    void interval(pugi::xml_node n, std::string const& path) const {
        auto low = xml::child(n, "low"), high = xml::child(n, "high");
        if (has(n, "value") && (low || high)) return say("DT-IVL", path, n);
        if (xml::child(n, "center") && (low || high)) return say("DT-IVL", path, n);
        if (path == "documentationOf/serviceEvent/effectiveTime") return;
        auto from = value(low, "value"), to = value(high, "value");
        if (!from.empty() && from == to) return say("DT-IVL", path, n);
        // Two texts of one form and zone compare as times do.
        bool alike = from.size() == to.size() && from.size() >= 8 &&
                     (from.size() <= 14 || from.substr(14) == to.substr(14));
        if (alike && from > to) say("DT-IVL", path, n);
    }

    /// The same identifier or number twice under one parent.
    void siblings(pugi::xml_node parent, std::string const& path) const {
        std::set<std::string> ids;
        for (auto n : parent.children()) {
            auto name = xml::local(n);
            if (n.type() != pugi::node_element || has(n, "nullFlavor") ||
                !in({"id", "templateId", "telecom"}, name))
                continue;
            auto key = std::string(name) + "|" + n.attribute("root").value() + "|" +
                       n.attribute("extension").value() + "|" + n.attribute("use").value() + "|" +
                       n.attribute("value").value();
            if (!ids.insert(key).second)
                say(name == "telecom" ? "TEL-5" : "DT-II-2",
                    path.empty() ? std::string(name) : path + "/" + std::string(name), n);
        }
    }

    context const& c_;
};
}  // namespace

bool oid_or_uuid(std::string_view s) {
    if (s.size() == 36 && s[8] == '-') {
        for (std::size_t i = 0; i < s.size(); ++i) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            bool hex =
                std::string_view("0123456789abcdefABCDEF").find(s[i]) != std::string_view::npos;
            if (dash ? s[i] != '-' : !hex) return false;
        }
        return true;
    }
    if (s.empty() || s.size() > 128 || s[0] < '0' || s[0] > '2') return false;
    std::size_t arcs = 1, from = 0;
    for (std::size_t i = 0; i <= s.size(); ++i) {
        if (i < s.size() && s[i] >= '0' && s[i] <= '9') continue;
        if (i < s.size() && s[i] != '.') return false;
        if (i == from || (s[from] == '0' && i - from > 1)) return false;
        if (i < s.size()) ++arcs;
        from = i + 1;
    }
    return arcs > 1;
}

void check_datatypes(context const& c) { judge(c).walk(c.doc.root(), ""); }
}  // namespace cda::rules
