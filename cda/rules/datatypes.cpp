/// Datatypes of every header element: DT-…, TEL-…, ADDR-…. The body has its own models.
/// Source: CI-SIS Structuration Minimale, datatype rules (digest 2.14); HL7 V3 datatypes R1.
#include <algorithm>
#include <set>

#include "cda/lexical.hpp"
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
bool null(pugi::xml_node n) { return has(n, "nullFlavor"); }
bool has_elements(pugi::xml_node n) {
    return std::any_of(n.begin(), n.end(), [](auto c) { return c.type() == pugi::node_element; });
}
/// Words directly in the element, not in its children.
bool has_own_text(pugi::xml_node n) {
    return std::any_of(n.begin(), n.end(), [](pugi::xml_node c) {
        bool words = c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata;
        return words && !lexical::trimmed(c.value()).empty();
    });
}

/// Acts, roles, entities and participations: a nullFlavor there is the models' affair, not a
/// datatype's.
bool structural(std::string_view name) {
    static std::set<std::string_view> const all{"recordTarget",
                                                "patientRole",
                                                "patient",
                                                "guardian",
                                                "guardianPerson",
                                                "guardianOrganization",
                                                "providerOrganization",
                                                "birthplace",
                                                "place",
                                                "languageCommunication",
                                                "author",
                                                "assignedAuthor",
                                                "assignedPerson",
                                                "assignedAuthoringDevice",
                                                "maintainedEntity",
                                                "representedOrganization",
                                                "asOrganizationPartOf",
                                                "wholeOrganization",
                                                "dataEnterer",
                                                "assignedEntity",
                                                "informant",
                                                "relatedEntity",
                                                "relatedPerson",
                                                "custodian",
                                                "assignedCustodian",
                                                "representedCustodianOrganization",
                                                "informationRecipient",
                                                "intendedRecipient",
                                                "receivedOrganization",
                                                "legalAuthenticator",
                                                "authenticator",
                                                "participant",
                                                "associatedEntity",
                                                "associatedPerson",
                                                "scopingOrganization",
                                                "inFulfillmentOf",
                                                "order",
                                                "documentationOf",
                                                "serviceEvent",
                                                "performer",
                                                "relatedDocument",
                                                "parentDocument",
                                                "authorization",
                                                "consent",
                                                "componentOf",
                                                "encompassingEncounter",
                                                "responsibleParty",
                                                "encounterParticipant",
                                                "location",
                                                "healthCareFacility",
                                                "serviceProviderOrganization"};
    return all.contains(name);
}

class judge {
public:
    explicit judge(context const& c) : c_(c) {}

    /// Every element of the header but the body; `above` is the name of the parent.
    void walk(pugi::xml_node parent, std::string_view above) {
        for (auto n : parent.children()) {
            if (n.type() != pugi::node_element) continue;
            auto name = xml::local(n);
            if (above == "ClinicalDocument" && name == "component") continue;
            element(n, name, above);
            walk(n, name);
        }
        siblings(parent);
    }

private:
    void say(char const* rule, pugi::xml_node n, char const* attribute = "") const {
        c_.report(rule, n, attribute);
    }

    void element(pugi::xml_node n, std::string_view name, std::string_view above) const {
        if (null(n) && !structural(name)) nothing_else(n);
        if (in({"id", "templateId", "setId"}, name)) instance_id(n);
        if (in({"realmCode", "languageCode", "signatureCode", "statusCode"}, name))
            simple_code(n);
        else if (name == "code" || name == "translation" ||
                 (name.ends_with("Code") && name != "postalCode"))
            coded_value(n);
        if (name == "telecom") telecom(n);
        if (name == "addr") address(n);
        if (name == "name" && above != "qualifier") entity_name(n, above);
        if (in({"versionNumber", "multipleBirthOrderNumber"}, name)) whole_number(n);
        if (in({"time", "effectiveTime", "birthTime", "low", "high", "center"}, name) &&
            has(n, "value") && !lexical::timestamp(value(n, "value")))
            say("DT-TS", n, "value");
        if (in({"time", "effectiveTime"}, name)) interval(n, above);
    }

    /// An element that says "unknown" says nothing beside it; OTH, NA and UNC may point at words.
    void nothing_else(pugi::xml_node n) const {
        bool bare = !has_elements(n) && !has_own_text(n), pointing = true;
        for (auto a : n.attributes()) {
            std::string_view name = a.name();
            if (name == "nullFlavor" || name.starts_with("xmlns") || name.find(':') != name.npos ||
                in({"classCode", "moodCode", "typeCode", "determinerCode", "partType"}, name))
                continue;
            bare = false;
            pointing = pointing &&
                       in({"codeSystem", "codeSystemName", "codeSystemVersion", "extension"}, name);
        }
        bool points = has(n, "extension") || has(n, "codeSystem") ||
                      xml::child(n, "originalText") || xml::child(n, "translation");
        if (bare || (in({"OTH", "NA", "UNC"}, value(n, "nullFlavor")) && pointing && points))
            return;
        say("DT-NULL", n);
    }

    void instance_id(pugi::xml_node n) const {
        if (null(n) ? has(n, "root") : !lexical::oid_or_uuid(value(n, "root")))
            say("DT-II", n, has(n, "root") ? "root" : "");
    }

    void simple_code(pugi::xml_node n) const {
        bool more = has(n, "codeSystem") || has(n, "codeSystemName") || has(n, "displayName") ||
                    has_elements(n);
        if (has(n, "code") == null(n) || more) say("DT-CS", n);
    }

    void coded_value(pugi::xml_node n) const {
        bool code = has(n, "code"), system = has(n, "codeSystem");
        auto words = xml::child(n, "originalText");
        bool said = code || (words && !null(words));
        bool wrong = (null(n) && (code || has(n, "displayName"))) ||
                     (!null(n) && !said && xml::local(n) != "translation") ||
                     (code && !system && xml::local(n) != "dischargeDispositionCode") ||
                     (!system && (has(n, "codeSystemName") || has(n, "codeSystemVersion"))) ||
                     (has(n, "displayName") && !code) ||
                     (xml::local(n) == "translation" && (null(n) || (system && !code)));
        if (wrong) return say("DT-CD", n);
        // Only the acts' own code is a CD; the others are CE, which knows no qualifier.
        bool may_qualify = in({"translation", "qualifier"}, xml::local(n)) ||
                           xml::local(n.parent()) == "serviceEvent";
        if (auto q = xml::child(n, "qualifier"); q && !may_qualify) say("DT-CD", q);
        std::set<std::string> seen;
        xml::each(n, "translation", [&](pugi::xml_node t) {
            auto key = std::string(value(t, "code")) + "|" + std::string(value(t, "codeSystem"));
            if (!seen.insert(key).second) say("DT-CD-2", t);
        });
    }

    void whole_number(pugi::xml_node n) const {
        if (has(n, "value") == null(n) || (!null(n) && !lexical::integer(value(n, "value"))))
            say("DT-INT", n, has(n, "value") ? "value" : "");
    }

    void telecom(pugi::xml_node n) const {
        if (null(n)) {
            if (has(n, "value") || has(n, "use") || xml::child(n, "useablePeriod") ||
                !in({"UNK", "NASK", "ASKU", "NAV", "MSK"}, value(n, "nullFlavor")))
                say("TEL-1", n);
            return;
        }
        auto v = value(n, "value");
        if (v.empty()) return say("TEL-1", n);
        auto colon = v.find(':');
        bool known = colon != std::string_view::npos && colon + 1 < v.size() &&
                     in({"tel", "fax", "mailto", "http", "ftp", "mllp"}, v.substr(0, colon));
        if (!known)
            say("TEL-2", n, "value");
        else if (!lexical::uri(v))
            say("TEL-3", n, "value");
        if (has(n, "use") &&
            !in({"H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"}, value(n, "use")))
            say("TEL-4", n, "use");
    }

    void address(pugi::xml_node n) const {
        std::size_t lines = 0;
        std::set<std::string_view> parts;
        for (auto part : n.children()) {
            if (part.type() != pugi::node_element) continue;
            auto name = xml::local(part);
            if (name == "streetAddressLine" ? ++lines > 7 : !parts.insert(name).second)
                return say("ADDR-1", part);
        }
        bool elements = lines != 0 || !parts.empty();
        if (!null(n) && elements == has_own_text(n)) say("ADDR-2", n);
        if (lines != 0 && !parts.empty()) say("ADDR-1-2", n);
        if (has(n, "use") && !in({"H", "HP", "HV", "WP", "TMP"}, value(n, "use")))
            say("ADDR-3", n, "use");
    }

    /// A person's name is made of parts, an organisation's of text; neither of both, neither of
    /// nothing.
    void entity_name(pugi::xml_node n, std::string_view above) const {
        bool elements = has_elements(n), words = has_own_text(n);
        if (null(n)) return;  // DT-NULL has looked
        bool organisation = above.ends_with("rganization");
        if (elements == words || (organisation && elements)) say("DT-EN", n);
    }

    /// Either one instant or a period, and a period that does not run backwards.
    void interval(pugi::xml_node n, std::string_view above) const {
        auto low = xml::child(n, "low"), high = xml::child(n, "high");
        bool center = bool(xml::child(n, "center")), width = bool(xml::child(n, "width"));
        if (has(n, "value") && (low || high || center || width)) return say("DT-IVL", n);
        if (center && (low || high || width)) return say("DT-IVL", n);
        if (low && high && width) return say("DT-IVL", n);
        if (above == "serviceEvent") return;
        if (value(low, "nullFlavor") == "PINF") return say("DT-IVL", low);
        if (value(high, "nullFlavor") == "NINF") return say("DT-IVL", high);
        auto from = value(low, "value"), to = value(high, "value");
        if (from.empty() || to.empty()) return;
        auto start = lexical::seconds(from), end = lexical::seconds(to);
        if (from == to || (start && end && *start > *end)) say("DT-IVL", high);
    }

    /// The same identifier, number, address or name twice under one parent; "unknown" beside a
    /// known one.
    void siblings(pugi::xml_node parent) const {
        std::size_t candidates = 0;
        for (auto n : parent.children())
            candidates += n.type() == pugi::node_element && may_repeat(xml::local(n));
        if (candidates > 1) repeated(parent);
    }
    static bool may_repeat(std::string_view name) {
        return in({"id", "templateId", "telecom", "addr", "name"}, name);
    }
    void repeated(pugi::xml_node parent) const {
        std::set<std::string> seen;
        std::set<std::string_view> valued;
        bool unknown = false;
        for (auto n : parent.children()) {
            if (n.type() != pugi::node_element) continue;
            auto name = xml::local(n);
            if (!may_repeat(name)) continue;
            if (null(n)) {
                unknown = true;
                continue;
            }
            valued.insert(name);
            auto key = std::string(name) + "|" + n.attribute("root").value() + "|" +
                       n.attribute("extension").value() + "|" + n.attribute("use").value() + "|" +
                       n.attribute("value").value();
            if (name == "addr" || name == "name") key += xml::text(n);
            if (!seen.insert(key).second)
                say(name == "telecom" ? "TEL-5"
                    : name == "addr"  ? "ADDR-5"
                    : name == "name"  ? "DT-EN-2"
                                      : "DT-II-2",
                    n);
        }
        if (!unknown) return;
        for (auto n : parent.children()) {
            auto name = xml::local(n);
            if (n.type() != pugi::node_element || !null(n) || !valued.contains(name)) continue;
            if (name == "telecom") say("TEL-6", n);
            if (name == "addr") say("ADDR-6", n);
        }
    }

    context const& c_;
};
}  // namespace

void check_datatypes(context const& c) { judge(c).walk(c.doc.root(), "ClinicalDocument"); }
}  // namespace cda::rules
