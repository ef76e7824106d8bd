#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

#include "cda/rulebook.hpp"
#include "cda/words.hpp"
#include "schemas/shipped.hpp"

namespace cda {
using namespace expression;

/// Reads the packs. Whatever is wrong names its file and line: these files are edited by hand.
class rulebook_loader {
public:
    rulebook_loader(rulebook& out, rulebook::file const& from) : out_(out), file_(from) {}

    void run() {
        toml::table root;
        try {
            root = toml::parse(file_.toml);
        } catch (toml::parse_error const& e) {
            fail(e.source().begin.line, std::string(e.description()));
        }
        for (auto const& [key, node] : root)
            if (key != "pack" && key != "context" && key != "types")
                wrong(node, "unknown key " + std::string(key.str()));
        auto pack = root["pack"].as_table();
        if (pack == nullptr) fail(1, "no [pack]");
        read_pack(*pack);
        each_table(root, "context", [&](toml::table const& t) { read_context(t); });
        each_table(root, "types", [&](toml::table const& t) { read_types(t); });
    }

private:
    [[noreturn]] void fail(std::size_t line, std::string const& what) const {
        throw std::runtime_error(std::string(file_.name) + ", line " + std::to_string(line) + ": " +
                                 what);
    }
    [[noreturn]] void wrong(toml::node const& n, std::string const& what) const {
        fail(n.source().begin.line, what);
    }
    std::string need(toml::table const& t, char const* key) const {
        auto value = t[key].value<std::string>();
        if (!value || value->empty()) wrong(t, std::string(key) + " is missing");
        return *value;
    }
    std::string may(toml::table const& t, char const* key) const {
        return t[key].value_or(std::string{});
    }
    text words(toml::table const& t, char const* key) const {
        return {t[key]["fr"].value_or(std::string{}), t[key]["en"].value_or(std::string{})};
    }
    void only(toml::table const& t, std::initializer_list<std::string_view> keys) const {
        for (auto const& [key, node] : t)
            if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
                wrong(node, "unknown key " + std::string(key.str()));
    }
    template <class Fn>
    void each_table(toml::table const& root, char const* key, Fn fn) const {
        auto list = root[key].as_array();
        if (list == nullptr) return;
        for (auto const& one : *list) {
            if (!one.is_table()) wrong(one, std::string(key) + " is a list of tables");
            fn(*one.as_table());
        }
    }
    compiled test_of(toml::table const& t, std::string const& source) const {
        try {
            return compile(source, out_.names_);
        } catch (std::runtime_error const& e) {
            wrong(t, e.what());
        }
    }

    void read_pack(toml::table const& t) {
        only(t, {"name", "version", "source", "when"});
        rule_pack p{need(t, "name"),
                    need(t, "version"),
                    need(t, "source"),
                    std::string(file_.name),
                    may(t, "when"),
                    "",
                    0};
        p.label = p.name + " " + p.version;
        auto same = std::find_if(out_.packs_.begin(), out_.packs_.end(),
                                 [&](rule_pack const& k) { return k.label == p.label; });
        p.first_of_label = static_cast<std::uint32_t>(same - out_.packs_.begin());
        out_.conditions_.push_back(p.when.empty() ? compiled{} : test_of(t, p.when));
        out_.packs_.push_back(std::move(p));
    }

    void read_context(toml::table const& t) {
        only(t, {"at", "name", "severity", "rule"});
        auto at = need(t, "at");
        auto name = words(t, "name");
        if (name.fr.empty() || name.en.empty()) wrong(t, "name needs fr and en");
        rulebook::context c;
        c.pack = static_cast<std::uint32_t>(out_.packs_.size() - 1);
        try {
            c.at = compile_pattern(at, out_.names_);
        } catch (std::runtime_error const& e) {
            wrong(t, e.what());
        }
        auto rules = t["rule"].as_array();
        if (rules == nullptr) wrong(t, "a context without a rule");
        for (auto const& r : *rules) {
            if (!r.is_table()) wrong(r, "a rule is a table");
            c.tests.push_back(static_cast<std::uint32_t>(out_.rules_.size()));
            read_rule(*r.as_table(), at, name, level_of(t, severity::error));
        }
        index(c.at, static_cast<std::uint32_t>(out_.contexts_.size()));
        out_.contexts_.push_back(std::move(c));
    }

    /// `under` and, for each path below it, a datatype; "." is the element itself.
    void read_types(toml::table const& t) {
        auto under = need(t, "under");
        for (auto const& [key, node] : t) {
            if (key == "under") continue;
            auto type = datatype_of(node.value_or(std::string_view{}));
            if (!type) wrong(node, "no datatype of that name");
            try {
                out_.types_.add(key == "." ? under : under + "/" + std::string(key.str()), *type,
                                out_.names_);
            } catch (std::runtime_error const& e) {
                wrong(node, std::string(key.str()) + ": " + e.what());
            }
        }
    }

    severity level_of(toml::table const& t, severity otherwise) const {
        auto level = may(t, "severity");
        if (level.empty()) return otherwise;
        if (level == "error") return severity::error;
        if (level == "warning") return severity::warning;
        if (level != "info") wrong(t, "severity must be error, warning or info");
        return severity::info;
    }

    void read_rule(toml::table const& t, std::string const& at, text const& thing,
                   severity otherwise) {
        only(t, {"id", "test", "severity", "message", "remedy", "source", "near"});
        declared_rule r;
        r.id = need(t, "id");
        r.at = at;
        r.test = need(t, "test");
        r.near = may(t, "near");
        r.pack = static_cast<std::uint32_t>(out_.packs_.size() - 1);
        r.source = may(t, "source");
        if (r.source.empty()) r.source = out_.packs_.back().source;
        r.level = level_of(t, otherwise);
        rulebook::compiled_rule c;
        c.test = test_of(t, r.test);
        c.has_near = !r.near.empty();
        if (c.has_near) c.near = test_of(t, r.near);
        r.message = words(t, "message");
        r.remedy = words(t, "remedy");
        if (r.message.fr.empty()) {
            auto own = words_for(c.test, thing);
            if (!own) wrong(t, r.id + " needs a message and a remedy: its test is no simple fact");
            r.message = own->message;
            if (r.remedy.fr.empty()) r.remedy = own->remedy;
        }
        if (r.message.fr.empty() || r.message.en.empty() || r.remedy.fr.empty() ||
            r.remedy.en.empty())
            wrong(t, r.id + " needs message and remedy, each in fr and en");
        out_.rules_.push_back(std::move(r));
        out_.tests_.push_back(std::move(c));
    }

    // --- where a context may match
    // ---------------------------------------------------------------------------------

    /// The roots of `templateId/@root = 'X'` or `templateId[@root='X']`, one of which must stand
    /// for the part to hold; empty when it can hold without.
    std::vector<std::string> template_roots(compiled const& c, part const& p) const {
        std::vector<std::string> out;
        if (p.kind == op::both) {
            for (auto i : p.operands)
                if (out = template_roots(c, c.parts[i]); !out.empty()) return out;
            return {};
        }
        if (p.kind == op::either) {
            for (auto i : p.operands) {
                auto one = template_roots(c, c.parts[i]);
                if (one.empty()) return {};
                out.insert(out.end(), one.begin(), one.end());
            }
            return out;
        }
        if (p.kind == op::equal) {
            auto const& path = c.parts[p.operands[0]];
            auto const& literal = c.parts[p.operands[1]];
            if (path.kind == op::path && literal.kind == op::literal && path.steps.size() == 2 &&
                path.steps[0].along == axis::child && path.steps[0].name == out_.template_id_ &&
                path.steps[0].predicates.empty() && path.steps[1].name == out_.root_)
                out.push_back(literal.text);
        }
        if (p.kind == op::path && p.steps.size() == 1 && p.steps[0].along == axis::child &&
            p.steps[0].name == out_.template_id_ && !p.absolute)
            if (auto root = own_root(c, p.steps[0]); !root.empty()) out.push_back(root);
        return out;
    }
    /// The literal of `[@root='X']` on a step.
    std::string own_root(compiled const& c, step const& s) const {
        for (auto k : s.predicates) {
            auto const& p = c.parts[k];
            if (p.kind != op::equal) continue;
            auto const& path = c.parts[p.operands[0]];
            auto const& literal = c.parts[p.operands[1]];
            if (path.kind == op::path && path.steps.size() == 1 &&
                path.steps[0].name == out_.root_ && literal.kind == op::literal)
                return literal.text;
        }
        return {};
    }
    void index(pattern const& at, std::uint32_t context) {
        auto const& top = at.path.root();
        if (top.kind == op::path) return index_one(at.path, top, context);
        for (auto i : top.operands) index_one(at.path, at.path.parts[i], context);
    }
    void index_one(compiled const& c, part const& p, std::uint32_t context) {
        auto once = [&](std::vector<std::uint32_t>& list) {
            if (std::find(list.begin(), list.end(), context) == list.end()) list.push_back(context);
        };
        auto const& last = p.steps.back();
        for (auto k : last.predicates)
            if (auto roots = template_roots(c, c.parts[k]); !roots.empty()) {
                for (auto const& root : roots) once(out_.by_template_[root]);
                return;
            }
        if (!last.any && last.name == out_.template_id_)
            if (auto root = own_root(c, last); !root.empty()) return once(out_.by_own_root_[root]);
        if (last.any) return once(out_.anywhere_);
        bool header = p.absolute && p.steps.size() > 1 && p.steps[0].along == axis::child &&
                      p.steps[1].along == axis::child && !p.steps[1].any &&
                      p.steps[1].name != out_.component_;
        auto& table = header ? out_.header_by_name_ : out_.by_name_;
        if (table.size() <= last.name) table.resize(last.name + 1U);
        once(table[last.name]);
    }

    rulebook& out_;
    rulebook::file const& file_;
};

rulebook::rulebook(std::vector<file> const& files, std::string_view structure_table)
    : schema_(structure_table, names_) {
    template_id_ = names_.intern("templateId");
    root_ = names_.intern("@root");
    component_ = names_.intern("component");
    for (auto const& f : files) rulebook_loader(*this, f).run();
}

rulebook const& rulebook::shipped() {
    // Never destroyed: a command that judges one file ends sooner.
    static rulebook const& one = *[] {
        std::vector<file> packs;
        for (auto const& f : schemas::files)
            if (f.name.starts_with("rules/") && f.name != "rules/predicates.toml")
                packs.push_back({f.name, f.text});
        return new rulebook(packs, schemas::structure_cda);
    }();
    return one;
}
}  // namespace cda
