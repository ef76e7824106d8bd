#include "cda/rules/declared.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

#include "schemas/shipped.hpp"

namespace cda::rules {
namespace {
/// One step of a path: an element name, perhaps only with one attribute value.
struct step {
    std::string name, attribute, value;

    [[nodiscard]] bool fits(pugi::xml_node n) const {
        return n.type() == pugi::node_element && xml::local(n) == name &&
               (attribute.empty() || n.attribute(attribute.c_str()).value() == value);
    }
};
struct one_of {
    std::string attribute;  ///< empty: the text of the element
    std::vector<std::string> values;
};
struct declared {
    std::string rule, where;
    std::vector<step> at;  ///< the elements that are judged
    step child;            ///< what they must hold; without a name, they are judged themselves
    std::size_t least{0}, most{SIZE_MAX};
    std::vector<std::string> needed;  ///< attributes that must stand and not be empty
    std::vector<one_of> values;
    std::string time;        ///< attribute that must be a timestamp
    bool null_ok{false};     ///< an element with nullFlavor counts and needs nothing else
    bool first_only{false};  ///< only the first element on the path
};

[[noreturn]] void wrong(toml::node const& n, std::string const& what) {
    throw std::runtime_error("header checks, line " + std::to_string(n.source().begin.line) + ": " +
                             what);
}

/// `name` or `name[@attribute=value]`.
step read_step(std::string const& text) {
    auto open = text.find("[@");
    if (open == std::string::npos) return {text, "", ""};
    auto equals = text.find('=', open), close = text.find(']', open);
    return {text.substr(0, open), text.substr(open + 2, equals - open - 2),
            text.substr(equals + 1, close - equals - 1)};
}
std::vector<step> read_path(std::string const& text) {
    std::vector<step> out;
    for (std::size_t at = 0; at < text.size();) {
        auto end = std::min(text.find('/', at), text.size());
        out.push_back(read_step(text.substr(at, end - at)));
        at = end + 1;
    }
    return out;
}
std::vector<std::string> read_list(toml::table const& t, char const* key) {
    std::vector<std::string> out;
    auto list = t.get_as<toml::array>(key);
    if (list == nullptr) return out;
    for (auto const& item : *list) out.push_back(item.value<std::string>().value());
    return out;
}

declared read(toml::table const& t) {
    declared d;
    std::string at, child;
    for (auto const& [key, node] : t) {
        auto name = key.str();
        if (name == "rule")
            d.rule = node.value_or(std::string{});
        else if (name == "at")
            at = node.value_or(std::string{});
        else if (name == "child")
            child = node.value_or(std::string{});
        else if (name == "least")
            d.least = static_cast<std::size_t>(node.value_or(std::int64_t{0}));
        else if (name == "most")
            d.most = static_cast<std::size_t>(node.value_or(std::int64_t{0}));
        else if (name == "need")
            d.needed = read_list(t, "need");
        else if (name == "time")
            d.time = node.value_or(std::string{});
        else if (name == "null_ok")
            d.null_ok = node.value_or(false);
        else if (name == "first_only")
            d.first_only = node.value_or(false);
        else if (name == "one_of") {
            for (auto const& [attribute, list] : *node.as_table()) {
                one_of v{attribute.str() == "text" ? "" : std::string(attribute.str()), {}};
                for (auto const& item : *list.as_array())
                    v.values.push_back(item.value<std::string>().value());
                d.values.push_back(std::move(v));
            }
        } else {
            wrong(node, "unknown key " + std::string(name));
        }
    }
    if (d.rule.empty()) wrong(t, "a check names its rule");
    d.at = read_path(at);
    d.child = read_step(child);
    d.where = at + (at.empty() || child.empty() ? "" : "/") + child;
    return d;
}

std::vector<declared> const& shipped() {
    static auto const all = [] {
        std::vector<declared> out;
        auto root = toml::parse(schemas::header);
        auto list = root["check"].as_array();
        if (list == nullptr) throw std::runtime_error("header checks: no [[check]]");
        for (auto const& item : *list) {
            if (!item.is_table()) wrong(item, "a check is a table");
            out.push_back(read(*item.as_table()));
        }
        return out;
    }();
    return all;
}

bool is_null(pugi::xml_node n) { return !n.attribute("nullFlavor").empty(); }

bool sound(declared const& d, pugi::xml_node n) {
    if (is_null(n)) return d.null_ok;
    for (auto const& name : d.needed)
        if (*n.attribute(name.c_str()).value() == '\0') return false;
    for (auto const& v : d.values) {
        if (!v.attribute.empty() && n.attribute(v.attribute.c_str()).empty()) continue;
        auto have = v.attribute.empty() ? xml::text(n)
                                        : std::string(n.attribute(v.attribute.c_str()).value());
        if (std::find(v.values.begin(), v.values.end(), have) == v.values.end()) return false;
    }
    return d.time.empty() || timestamp(n.attribute(d.time.c_str()).value());
}

void judge(context const& c, declared const& d, pugi::xml_node n) {
    if (d.child.name.empty()) {
        if (!sound(d, n)) c.report(d.rule.c_str(), d.where.c_str(), n);
        return;
    }
    std::size_t count = 0;
    for (auto child : n.children()) {
        if (!d.child.fits(child)) continue;
        if (!sound(d, child)) {
            c.report(d.rule.c_str(), d.where.c_str(), child);
            return;  // one finding a place is enough to act on
        }
        ++count;
    }
    if (count < d.least || count > d.most) c.report(d.rule.c_str(), d.where.c_str(), n);
}

/// @return false when the walk is over.
bool walk(context const& c, declared const& d, std::size_t depth, pugi::xml_node n) {
    if (depth == d.at.size()) {
        judge(c, d, n);
        return !d.first_only;
    }
    for (auto child : n.children())
        if (d.at[depth].fits(child) && !walk(c, d, depth + 1, child)) return false;
    return true;
}
}  // namespace

namespace {
std::string in_words(declared const& d) {
    auto out = "ClinicalDocument/" + d.where + ":";
    if (d.least != 0 || d.most != SIZE_MAX)
        out += " " + std::to_string(d.least) + ".." +
               (d.most == SIZE_MAX ? "*" : std::to_string(d.most));
    for (auto const& a : d.needed) out += " @" + a;
    if (!d.time.empty()) out += " @" + d.time + " a date";
    for (auto const& v : d.values) {
        out += v.attribute.empty() ? " text in" : " @" + v.attribute + " in";
        for (auto const& one : v.values) out += " " + one;
    }
    if (d.null_ok) out += " (nullFlavor allowed)";
    return out;
}
}  // namespace

void check_declared(context const& c) {
    for (auto const& d : shipped()) walk(c, d, 0, c.doc.root());
}
}  // namespace cda::rules

namespace cda {
std::vector<std::string> explain(std::string_view rule) {
    std::vector<std::string> out;
    for (auto const& d : rules::shipped())
        if (d.rule == rule) out.push_back(rules::in_words(d));
    return out;
}
}  // namespace cda
