/// What a datatype asks of an element: DT-…, TEL-…, ADDR-…. Which header element is of which
/// datatype is data: schemas/rules/header-types.toml. The body has its own models.
/// Source: CI-SIS Structuration Minimale, datatype rules (digest 2.14); HL7 V3 datatypes R1.
#include <algorithm>
#include <map>
#include <set>

#include "cda/header_types.hpp"
#include "cda/lexical.hpp"
#include "cda/rules/rule.hpp"

namespace cda::rules {
namespace {
using listed = std::initializer_list<std::string_view>;
bool in(listed list, std::string_view word) {
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
/// Elements of this name at any depth below.
template <class Fn>
void each_below(pugi::xml_node n, std::string_view name, Fn const& fn) {
    for (auto c : n.children()) {
        if (c.type() != pugi::node_element) continue;
        if (xml::local(c) == name) fn(c);
        each_below(c, name, fn);
    }
}

/// What may stand beside nullFlavor: always, when nothing else does, or when it points at words.
enum class beside { always, bare, pointing, either, never };
beside null_flavor(pugi::xml_node n, pugi::xml_attribute a) {
    std::string_view name = a.name(), v = a.value();
    if (name == "nullFlavor" || name == "partType" || name == "xmlns" || name.starts_with("xmlns:"))
        return beside::always;
    if (auto colon = name.find(':'); colon != name.npos) {
        auto local = name.substr(colon + 1);
        if (in({"valueSet", "valueSetVersion"}, local)) return beside::pointing;
        bool xsi = xml::namespace_for(n, name.substr(0, colon)) ==
                   "http://www.w3.org/2001/XMLSchema-instance";
        return xsi && in({"type", "nil"}, local) ? beside::always : beside::never;
    }
    // What the schema would add of itself says nothing.
    struct preset {
        std::string_view name, value;
    };
    static constexpr preset added[]{{"integrityCheckAlgorithm", "SHA-1"},
                                    {"mediaType", "text/plain"},
                                    {"operator", "I"},
                                    {"representation", "TXT"},
                                    {"inclusive", "true"},
                                    {"unit", "1"}};
    for (auto const& p : added)
        if (name == p.name) return v == p.value ? beside::always : beside::never;
    if (in({"classCode", "moodCode", "typeCode", "determinerCode"}, name)) return beside::bare;
    if (name == "inverted" && v == "false") return beside::bare;
    if ((name == "codeSystem" && v == "2.16.840.1.113883.5.139") ||
        (name == "codeSystemName" && v == "TimingEvent"))
        return beside::either;
    return in({"codeSystem", "codeSystemName", "codeSystemVersion", "extension", "valueSet",
               "valueSetVersion"},
              name)
               ? beside::pointing
               : beside::never;
}

class judge {
public:
    judge(context const& c, tree const& t, names const& known)
        : c_(c), tree_(t), xsi_type_(known.find("@xsi:type")) {}

    void run(std::vector<typed_element> const& typed) {
        std::uint32_t looked_at = 0;  // a datatype reaches below; its parts need no second look
        for (auto const& [i, type] : typed) {
            for (auto k = std::max(i, looked_at); k < tree_[i].end; ++k)
                if (null(tree_[k].xml)) nothing_else(tree_[k].xml);
            looked_at = std::max(looked_at, tree_[i].end);
            if (type == datatype::any) continue;
            if (auto said = tree_.find(i, xsi_type_);
                said != nullptr && said->value != name_of(type))
                c_.report("DT-TYPE", tree_[i].xml, said->xml.name(), {std::string(name_of(type))});
            element(tree_[i].xml, type);
            if (may_repeat(type) && repeated(tree_[i].xml)) twins_.push_back({i, type});
        }
        siblings();
    }

private:
    void say(char const* rule, pugi::xml_node n, char const* attribute = "") const {
        c_.report(rule, n, attribute);
    }

    void element(pugi::xml_node n, datatype type) const {
        switch (type) {
            case datatype::ii: return instance_id(n);
            case datatype::ce:
                if (auto q = xml::child(n, "qualifier")) say("DT-CD", q);
                return coded_value(n);
            case datatype::cd: return coded_value(n);
            case datatype::cs: return simple_code(n);
            case datatype::ts:
            case datatype::ivxb_ts: return instant(n);
            case datatype::ivl_ts: return interval(n);
            case datatype::integer: return whole_number(n);
            case datatype::tel: return telecom(n);
            case datatype::ad: return address(n);
            case datatype::pn: person_name(n); return entity_name(n);
            case datatype::on:
                if (has_elements(n)) return say("DT-EN", n);
                return entity_name(n);
            case datatype::en: return entity_name(n);
            case datatype::any:
            case datatype::st:
            case datatype::sc:
            case datatype::ed:
            case datatype::bl: return;  // the schema has said the rest
        }
    }

    /// An element that says "unknown" says nothing beside it; OTH, NA and UNC may point at words.
    void nothing_else(pugi::xml_node n) const {
        bool bare = !has_elements(n) && !has_own_text(n), pointing = true;
        for (auto a : n.attributes()) {
            auto place = null_flavor(n, a);
            bare = bare && place != beside::pointing && place != beside::never;
            pointing = pointing && place != beside::bare && place != beside::never;
        }
        if (bare) return;
        bool points = has(n, "extension") || has(n, "codeSystem") ||
                      xml::child(n, "originalText") || xml::child(n, "translation");
        if (pointing && points && in({"OTH", "NA", "UNC"}, value(n, "nullFlavor"))) return;
        say("DT-NULL", n);
    }

    void instance_id(pugi::xml_node n) const {
        if (null(n) ? has(n, "root") : !lexical::oid_or_uuid(value(n, "root")))
            say("DT-II", n, has(n, "root") ? "root" : "");
    }

    void simple_code(pugi::xml_node n) const {
        auto other = [&](char const* attribute, std::string_view preset) {
            return has(n, attribute) && value(n, attribute) != preset;
        };
        bool more = other("codeSystem", "2.16.840.1.113883.5.139") ||
                    other("codeSystemName", "TimingEvent") || has(n, "codeSystemVersion") ||
                    has(n, "displayName") || xml::child(n, "originalText") ||
                    xml::child(n, "qualifier") || xml::child(n, "translation");
        if (has(n, "code") == null(n) || more) say("DT-CS", n);
    }

    /// A system without its code, a name or a version of a system that is not said …
    static bool incomplete(pugi::xml_node n) {
        bool system = has(n, "codeSystem");
        return (!system && (has(n, "codeSystemName") || has(n, "codeSystemVersion"))) ||
               (has(n, "displayName") && !has(n, "code"));
    }
    void coded_value(pugi::xml_node n) const {
        bool code = has(n, "code");
        auto words = xml::child(n, "originalText");
        bool said = code || (words && !null(words));
        if ((null(n) ? code || has(n, "displayName") : !said) || (code && !has(n, "codeSystem")) ||
            incomplete(n))
            say("DT-CD", n);
        // A translation need not say of which system its code is, unless it has a row of its own.
        std::set<std::string> seen;
        each_below(n, "translation", [&](pugi::xml_node t) {
            if (null(t) || (has(t, "codeSystem") && !has(t, "code")) || incomplete(t))
                say("DT-CD", t);
            auto key = std::string(value(t, "code"));
            if (!seen.insert(key.append(value(t, "codeSystem"))).second) say("DT-CD-2", t);
        });
        each_below(n, "originalText", [&](pugi::xml_node t) {
            if (has(t, "language") && !lexical::language(value(t, "language")))
                say("DT-CD", t, "language");
        });
    }

    void whole_number(pugi::xml_node n) const {
        bool valued = has(n, "value");
        bool wrong = valued ? null(n) || !lexical::hl7_integer(value(n, "value"))
                            : !null(n) && !has_elements(n);
        if (wrong) say("DT-INT", n, valued ? "value" : "");
    }

    void instant(pugi::xml_node n) const {
        bool valued = has(n, "value");
        bool wrong = valued ? null(n) || !lexical::timestamp(value(n, "value"))
                            : !null(n) && !has_elements(n);
        if (wrong) say("DT-TS", n, valued ? "value" : "");
    }

    /// Either one instant or a period, and a period that does not run backwards.
    void interval(pugi::xml_node n) const {
        instant(n);
        auto low = xml::child(n, "low"), high = xml::child(n, "high");
        auto center = xml::child(n, "center"), width = xml::child(n, "width");
        if (has(n, "value") && has_elements(n)) return say("DT-IVL", n);
        if (center && (low || high || width)) return say("DT-IVL", n);
        if (low && high && width) return say("DT-IVL", n);
        for (auto part : {low, center, high, width})
            if (null(part) && (has(part, "value") || has(part, "unit"))) say("DT-IVL", part);
        if (width &&
            ((has(width, "unit") && !has(width, "value")) || xml::child(width, "translation") ||
             !in({"", "us", "ms", "s", "min", "h", "d", "wk", "mo", "a"}, value(width, "unit"))))
            say("DT-IVL-2", width, has(width, "unit") ? "unit" : "");
        if (value(low, "nullFlavor") == "PINF") return say("DT-IVL", low);
        if (value(high, "nullFlavor") == "NINF") return say("DT-IVL", high);
        for (auto bound : {low, center, high})
            if (has(bound, "value") && !lexical::bound(value(bound, "value")))
                say("DT-TS", bound, "value");
        auto from = value(low, "value"), to = value(high, "value");
        if (from.empty() || to.empty()) return;
        auto start = lexical::seconds(from), end = lexical::seconds(to);
        if (from == to || (start && end && *start > *end)) say("DT-IVL", high);
    }

    void telecom(pugi::xml_node n) const {
        auto v = value(n, "value");
        if (null(n)) {
            auto other = [](pugi::xml_attribute a) {
                return !in({"nullFlavor", "xmlns"}, a.name()) &&
                       !std::string_view(a.name()).starts_with("xmlns:");
            };
            auto attributes = n.attributes();
            if (std::any_of(attributes.begin(), attributes.end(), other) ||
                xml::child(n, "useablePeriod") ||
                !in({"UNK", "NASK", "ASKU", "NAV", "MSK"}, value(n, "nullFlavor")))
                say("TEL-1", n);
            return;
        }
        if (v.empty()) return say("TEL-1", n);
        auto colon = v.find(':');
        bool known = colon != std::string_view::npos && colon + 1 < v.size() &&
                     in({"tel", "fax", "mailto", "http", "ftp", "mllp"}, v.substr(0, colon));
        if (!known)
            say("TEL-2", n, "value");
        else if (!lexical::ascii_uri(v))
            say("TEL-3", n, "value");
        if (has(n, "use") &&
            !in({"H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG"}, value(n, "use")))
            say("TEL-4", n, "use");
    }

    /// Lines, or parts of which each stands once; beside lines the parts are not counted.
    void address(pugi::xml_node n) const {
        std::size_t lines = 0;
        std::set<std::string_view> parts;
        pugi::xml_node twice, eighth;
        for (auto part : n.children()) {
            if (part.type() != pugi::node_element) continue;
            auto name = xml::local(part);
            if (name == "streetAddressLine") {
                if (++lines == 8) eighth = part;
            } else if (!parts.insert(name).second && !twice &&
                       in({"country", "state", "city", "postalCode", "county", "houseNumber",
                           "houseNumberNumeric", "streetName", "streetNameType",
                           "additionalLocator", "unitID", "postBox", "precinct"},
                          name)) {
                twice = part;
            }
        }
        if (auto wrong = lines != 0 ? eighth : twice) return say("ADDR-1", wrong);
        bool elements = lines != 0 || !parts.empty();
        if (!null(n) && elements == has_own_text(n)) say("ADDR-2", n);
        if (lines != 0 && !parts.empty()) say("ADDR-1-2", n);
        if (has(n, "use") && !in({"H", "HP", "HV", "WP", "TMP"}, value(n, "use")))
            say("ADDR-3", n, "use");
    }

    /// Made of parts or of text; neither of both, neither of nothing.
    void entity_name(pugi::xml_node n) const {
        if (!null(n) && has_elements(n) == has_own_text(n)) say("DT-EN", n);
    }
    /// LS says what an organisation is.
    void person_name(pugi::xml_node n) const {
        for (auto part : n.children())
            if (lexical::has_word(value(part, "qualifier"), "LS"))
                say("DT-EN-3", part, "qualifier");
    }

    // --- what stands twice
    // ---------------------------------------------------------------------------------------------

    static bool may_repeat(datatype t) {
        return t == datatype::ii || t == datatype::tel || t == datatype::ad || t == datatype::en ||
               t == datatype::pn || t == datatype::on;
    }
    static bool same_name(pugi::xml_node a, pugi::xml_node b) {
        return a.type() == pugi::node_element && xml::local(a) == xml::local(b);
    }
    static bool repeated(pugi::xml_node n) {
        for (auto s = n.previous_sibling(); s; s = s.previous_sibling())
            if (same_name(s, n)) return true;
        for (auto s = n.next_sibling(); s; s = s.next_sibling())
            if (same_name(s, n)) return true;
        return false;
    }
    /// What two elements may not share; nothing when it cannot be compared.
    static std::optional<std::string> identity(pugi::xml_node n, datatype t) {
        auto joined = [&](char const* a, std::string_view b) {
            return std::string(value(n, a)).append("|").append(b);
        };
        if (t == datatype::ii)
            return has(n, "root") ? std::optional(joined("root", value(n, "extension")))
                                  : std::nullopt;
        if (t == datatype::tel)
            return has(n, "use") && has(n, "value")
                       ? std::optional(joined("use", value(n, "value")))
                       : std::nullopt;
        return joined("use", xml::text(n));
    }
    /// The same identifier, number, address or name twice under one parent; "unknown" beside a
    /// known one.
    void siblings() {
        auto group = [&](typed_element const& e) {
            return std::pair(tree_[e.element].parent, xml::local(tree_[e.element].xml));
        };
        std::stable_sort(twins_.begin(), twins_.end(),
                         [&](auto const& a, auto const& b) { return group(a) < group(b); });
        for (auto from = twins_.begin(); from != twins_.end();) {
            auto to = std::find_if(from, twins_.end(),
                                   [&](auto const& e) { return group(e) != group(*from); });
            one_group(from, to);
            from = to;
        }
    }
    template <class It>
    void one_group(It from, It to) const {
        auto type = from->type;
        auto first = tree_[from->element].xml;
        bool name = type != datatype::ii && type != datatype::tel && type != datatype::ad;
        struct count {
            std::size_t standing{0}, untold{0};
        };
        std::map<std::string, count> alike;
        std::map<std::string, std::size_t, std::less<>> roots;
        bool known = false;
        for (auto s : first.parent().children()) {
            if (!same_name(s, first)) continue;
            known = known || !null(s);
            if (auto id = identity(s, type)) ++alike[*id].standing;
            if (has(s, "root")) ++roots[std::string(value(s, "root"))];
        }
        for (auto i = from; i != to; ++i)
            if (auto id = identity(tree_[i->element].xml, type)) ++alike[*id].untold;
        for (auto i = from; i != to; ++i) {
            auto n = tree_[i->element].xml;
            if (null(n) && known) {
                if (type == datatype::tel) say("TEL-6", n);
                if (type == datatype::ad) say("ADDR-6", n);
                if (name) say("DT-EN-4", n);
            }
            auto id = identity(n, type);
            if (!id) continue;
            // Of those that are alike the first may stay, where another of the datatype follows.
            auto& a = alike[*id];
            bool first_of_them = a.untold == a.standing;
            --a.untold;
            bool again = a.standing > 1 && !first_of_them;
            // An identifier without extension is its whole domain.
            bool within = type == datatype::ii && !has(n, "extension") &&
                          roots.find(value(n, "root"))->second > a.standing;
            if (!again && !within) continue;
            say(type == datatype::tel  ? "TEL-5"
                : type == datatype::ad ? "ADDR-5"
                : name                 ? "DT-EN-2"
                                       : "DT-II-2",
                n);
        }
    }

    context const& c_;
    tree const& tree_;
    symbol xsi_type_;
    std::vector<typed_element> twins_;  ///< those that have a sibling of their name
};
}  // namespace

void check_datatypes(context const& c, tree const& t, names const& known,
                     std::vector<typed_element> const& typed) {
    judge(c, t, known).run(typed);
}
}  // namespace cda::rules
