#include "cda/structure/check.hpp"

#include <algorithm>
#include <set>

#include "cda/lexical.hpp"
#include "cda/xml.hpp"

namespace cda::structure {
namespace {
bool blank(char const* s) {
    for (; *s != '\0'; ++s)
        if (*s != ' ' && *s != '\t' && *s != '\n' && *s != '\r') return false;
    return true;
}
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool alphanumeric(char c) { return letter(c) || (c >= '0' && c <= '9'); }

/// The schema's own uuid: any letters, not only hexadecimal ones.
bool loose_uuid(std::string_view s) {
    if (s.size() != 36) return false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !alphanumeric(s[i])) return false;
    }
    return true;
}
bool one_word(std::string_view s) {
    return !s.empty() && s.find_first_of(" \t\r\n") == std::string_view::npos;
}
template <class Fn>
bool every_word(std::string_view s, Fn fn) {
    s = lexical::trimmed(s);
    while (!s.empty()) {
        auto end = std::min(s.find_first_of(" \t\r\n"), s.size());
        if (!fn(s.substr(0, end))) return false;
        s = lexical::trimmed(s.substr(end));
    }
    return true;
}

class walker {
public:
    walker(tree const& t, names const& n, schema const& s, std::function<void(fault)> const& report)
        : tree_(t), names_(n), schema_(s), report_(report) {}

    void run() {
        types_.assign(tree_.size(), no_type);
        types_[0] = schema_.root();
        for (std::uint32_t i = 0; i < tree_.size(); ++i)
            if (types_[i] != no_type) element(i);
        for (auto const& [node, attribute, id] : references_)
            if (!ids_.contains(id)) say("STR-10", node, attribute);
    }

private:
    void say(char const* rule, pugi::xml_node where, std::string attribute = {},
             std::vector<std::string> words = {}) const {
        report_({rule, where, std::move(attribute), std::move(words)});
    }

    void element(std::uint32_t i) {
        auto n = tree_[i].xml;
        auto const* t = &schema_.type(types_[i]);
        if (auto named = tree_.find(i, schema_.xsi_type())) {
            auto other = find(named->value);
            if (other == no_type || !schema_.derives(other, types_[i]))
                return say("STR-07", n, "xsi:type");
            t = &schema_.type(other);
        }
        if (t->abstract_) return say("STR-11", n);
        attributes(i, *t);
        text(n, *t);
        children(i, *t);
    }
    type_index find(std::string_view name) const {
        try {
            return schema_.find(name);
        } catch (std::runtime_error const&) {
            return no_type;
        }
    }

    void attributes(std::uint32_t i, complex_type const& t) {
        auto n = tree_[i].xml;
        std::size_t required = 0;
        for (auto k = tree_[i].attributes_from; k < tree_[i].attributes_to; ++k) {
            auto const& a = tree_.attributes()[k];
            if (schema_.anywhere(a.name)) continue;
            auto known = std::find_if(t.attributes.begin(), t.attributes.end(),
                                      [&](attribute_model const& m) { return m.key == a.name; });
            if (known == t.attributes.end() || a.name == no_name) {
                say("STR-03", n, a.xml.name());
                continue;
            }
            required += known->required;
            value(n, a, *known);
        }
        if (required == t.required) return;
        for (auto const& m : t.attributes)
            if (m.required && tree_.find(i, m.key) == nullptr) say("STR-04", n, {}, {m.name});
    }

    void value(pugi::xml_node n, cda::attribute const& a, attribute_model const& known) {
        auto v = a.value;
        if (!known.fixed.empty() && lexical::trimmed(v) != known.fixed)
            return say("STR-08", n, known.name, {known.fixed});
        if (!fits(known.type, v)) return say("STR-05", n, known.name, {shown(known.type)});
        note(n, known, v);
    }
    /// Identifiers and references to them, to be paired at the end.
    void note(pugi::xml_node n, attribute_model const& known, std::string_view v) {
        auto kind = schema_.simple(known.type).kind;
        if (kind == form::id) {
            if (!ids_.insert(std::string(lexical::trimmed(v))).second) say("STR-09", n, known.name);
        } else if (kind == form::idref || kind == form::idrefs) {
            every_word(v, [&](std::string_view id) {
                references_.push_back({n, known.name, std::string(id)});
                return true;
            });
        }
    }

    bool fits(std::uint32_t index, std::string_view v) const {
        auto const& t = schema_.simple(index);
        auto c =
            lexical::trimmed(v);  // what white space collapsing leaves, for the forms that collapse
        switch (t.kind) {
            case form::any_text:
            case form::xs_token:
            case form::language:
            case form::base64: return true;
            case form::nonempty: return !v.empty();
            case form::token: return one_word(c);
            case form::boolean: return c == "true" || c == "false";
            case form::xs_boolean: return c == "true" || c == "false" || c == "1" || c == "0";
            case form::integer: return lexical::integer(c);
            case form::positive:
                return lexical::integer(c) && c[0] != '-' &&
                       c.find_first_not_of("+0") != std::string_view::npos;
            case form::decimal: return lexical::decimal(c);
            case form::real: return lexical::real(c);
            case form::uri: return uri(c);
            case form::oid: return lexical::oid(v);
            case form::uuid: return loose_uuid(v);
            case form::ruid:
                return !v.empty() && letter(v[0]) && std::all_of(v.begin(), v.end(), [](char ch) {
                    return alphanumeric(ch) || ch == '-';
                });
            case form::timestamp: return lexical::schema_timestamp(v);
            case form::id:
            case form::idref: return lexical::nc_name(c);
            case form::idrefs:
                return !c.empty() && every_word(c, [](auto w) { return lexical::nc_name(w); });
            case form::nmtoken: return one_word(c);
            case form::nmtokens: return !c.empty();
            case form::one_of: return t.values.contains(std::string(c));
            case form::list: return every_word(v, [&](auto w) { return fits(t.members[0], w); });
            case form::either:
                return std::any_of(t.members.begin(), t.members.end(),
                                   [&](auto m) { return fits(m, v); });
            case form::range: return in_range(t, c);
        }
        return true;
    }
    /// xs:anyURI is lenient: blanks and accents are escaped before the look.
    static bool uri(std::string_view v) {
        return v.find('%') == std::string_view::npos || lexical::uri(v) ||
               v.find(' ') != std::string_view::npos;
    }
    bool in_range(simple_type const& t, std::string_view v) const {
        if (!fits(t.members[0], v)) return false;
        auto n = std::strtod(std::string(v).c_str(), nullptr);
        return n >= t.low && n <= t.high;
    }
    /// What is allowed, in a few words: the vocabulary when it is short.
    std::string shown(std::uint32_t index) const {
        auto const& t = schema_.simple(index);
        switch (t.kind) {
            case form::one_of: {
                std::string out;
                for (std::size_t i = 0; i < t.shown.size() && i < 12; ++i)
                    out += (i == 0 ? "" : ", ") + t.shown[i];
                return t.shown.size() > 12 ? out + " …" : out;
            }
            case form::either:
            case form::list:
            case form::range: return shown(t.members[0]);
            case form::boolean:
            case form::xs_boolean: return "true, false";
            case form::integer:
            case form::positive: return "123";
            case form::decimal:
            case form::real: return "12.3";
            case form::oid: return "1.2.250.1.213.1.4.8";
            case form::timestamp: return "20250131143000+0100";
            case form::id:
            case form::idref:
            case form::idrefs: return "ref1";
            default: return "…";
        }
    }

    void text(pugi::xml_node n, complex_type const& t) const {
        if (t.mixed) return;
        for (auto c : n.children()) {
            bool words = c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata;
            if (words && !blank(c.value())) return say("STR-06", n);
        }
    }

    void children(std::uint32_t i, complex_type const& t) {
        std::uint32_t at = 0;
        static state const none{{}, true};
        auto state_of = [&]() -> state const& { return t.states.empty() ? none : t.states[at]; };
        for (auto c = i + 1; c < tree_[i].end; c = tree_[c].end) {
            auto next = step(state_of(), tree_[c]);
            // Would it fit further on? Then what stands between is missing. Otherwise it is one too
            // many, or stray.
            if (next == nullptr && (next = further(t, at, tree_[c])) != nullptr)
                say("STR-02", tree_[i].xml, {}, {expected(state_of())});
            if (next == nullptr) {
                say("STR-01", tree_[c].xml, {}, {expected(state_of())});
                types_[c] = elsewhere(t, tree_[c].name);
                continue;
            }
            types_[c] = next->type;
            at = next->to;
        }
        if (!state_of().may_end) say("STR-02", tree_[i].xml, {}, {expected(state_of())});
    }
    /// The nearest state after this one that takes the child, if any.
    static move const* further(complex_type const& t, std::uint32_t from, cda::element const& e) {
        if (t.states.empty() || e.name == no_name) return nullptr;
        std::vector<bool> seen(t.states.size(), false);
        std::vector<std::uint32_t> reach{from};
        seen[from] = true;
        for (std::size_t k = 0; k < reach.size(); ++k) {
            for (auto const& m : t.states[reach[k]].moves) {
                if (k > 0 && m.name == e.name) return &m;
                if (seen[m.to]) continue;
                seen[m.to] = true;
                reach.push_back(m.to);
            }
        }
        return nullptr;
    }
    move const* step(state const& s, cda::element const& e) const {
        move const* open = nullptr;
        for (auto const& m : s.moves) {
            if (m.name == e.name && e.name != no_name) return &m;
            if (m.name == no_name) open = &m;
        }
        if (open == nullptr) return nullptr;
        return e.foreign ? open : nullptr;
    }
    /// The type that a misplaced child would have at its right place, so that its own content is
    /// judged too.
    static type_index elsewhere(complex_type const& t, symbol name) {
        for (auto const& s : t.states)
            for (auto const& m : s.moves)
                if (m.name == name && name != no_name) return m.type;
        return no_type;
    }
    std::string expected(state const& s) const {
        std::string out;
        std::size_t shown = 0;
        for (auto const& m : s.moves) {
            if (m.name == no_name) continue;
            if (++shown > 8) return out + " …";
            out += (out.empty() ? "" : ", ") + std::string(names_.text(m.name));
        }
        return out.empty() ? "—" : out;
    }

    struct reference {
        pugi::xml_node node;
        std::string attribute, id;
    };
    tree const& tree_;
    names const& names_;
    schema const& schema_;
    std::function<void(fault)> const& report_;
    std::vector<type_index> types_;
    std::set<std::string> ids_;  ///< ordered: no input can make it slow
    std::vector<reference> references_;
};
}  // namespace

void check(tree const& t, names const& n, schema const& s,
           std::function<void(fault)> const& report) {
    walker(t, n, s, report).run();
}
}  // namespace cda::structure
