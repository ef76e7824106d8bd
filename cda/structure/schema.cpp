#include "cda/structure/schema.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <stdexcept>

namespace cda::structure {
namespace {
/// A content model as written: leaves, sequences and choices with their repetitions.
struct particle {
    enum class kind { leaf, sequence, choice } what{kind::leaf};
    symbol name{no_name};
    std::string type;  ///< of a leaf; empty: not looked at
    unsigned least{1}, most{1};
    std::vector<particle> parts;
};
constexpr unsigned unbounded = 0xFFFFFFFF;

/// Positions of the Glushkov construction: the states of the automaton but the first.
struct position {
    symbol name;
    std::string type;
};
struct piece {
    std::vector<std::uint32_t> first, last;
    bool nullable{true};
};

class builder {
public:
    piece build(particle const& p) {
        piece out;
        // x{m,n} is x x ... (x (x ...)?)?, an unbounded tail is a loop.
        auto copies = p.most == unbounded ? std::max(p.least, 1U) : p.most;
        std::vector<piece> all;
        for (unsigned i = 0; i < copies; ++i) all.push_back(once(p));
        for (unsigned i = copies; i-- > 0;) {
            auto one = all[i];
            if (p.most == unbounded && i + 1 == copies) connect(one.last, one.first);
            if (i >= p.least) one.nullable = true;
            out = i + 1 == copies ? one : chain(one, out);
            if (i >= p.least) out.nullable = true;
        }
        return out;
    }
    std::vector<position> positions;
    std::vector<std::vector<std::uint32_t>> follow;

private:
    void connect(std::vector<std::uint32_t> const& from, std::vector<std::uint32_t> const& to) {
        for (auto f : from)
            for (auto t : to)
                if (std::find(follow[f].begin(), follow[f].end(), t) == follow[f].end())
                    follow[f].push_back(t);
    }
    piece chain(piece const& a, piece const& b) {
        connect(a.last, b.first);
        piece out{a.first, b.last, a.nullable && b.nullable};
        if (a.nullable) out.first.insert(out.first.end(), b.first.begin(), b.first.end());
        if (b.nullable) out.last.insert(out.last.end(), a.last.begin(), a.last.end());
        return out;
    }
    piece once(particle const& p) {
        if (p.what == particle::kind::leaf) {
            positions.push_back({p.name, p.type});
            follow.emplace_back();
            auto i = static_cast<std::uint32_t>(positions.size() - 1);
            return {{i}, {i}, false};
        }
        piece out;
        if (p.what == particle::kind::choice) out.nullable = false;
        for (auto const& part : p.parts) {
            auto one = build(part);
            if (p.what == particle::kind::sequence) {
                out = chain(out, one);
            } else {
                out.first.insert(out.first.end(), one.first.begin(), one.first.end());
                out.last.insert(out.last.end(), one.last.begin(), one.last.end());
                out.nullable = out.nullable || one.nullable;
            }
        }
        return out;
    }
};

form form_of(std::string_view name) {
    static std::unordered_map<std::string_view, form> const known{{"string", form::any_text},
                                                                  {"nonempty", form::nonempty},
                                                                  {"token", form::token},
                                                                  {"xstoken", form::xs_token},
                                                                  {"bool", form::boolean},
                                                                  {"xsbool", form::xs_boolean},
                                                                  {"integer", form::integer},
                                                                  {"positive", form::positive},
                                                                  {"decimal", form::decimal},
                                                                  {"double", form::real},
                                                                  {"uri", form::uri},
                                                                  {"oid", form::oid},
                                                                  {"uuid", form::uuid},
                                                                  {"ruid", form::ruid},
                                                                  {"timestamp", form::timestamp},
                                                                  {"id", form::id},
                                                                  {"idref", form::idref},
                                                                  {"idrefs", form::idrefs},
                                                                  {"nmtoken", form::nmtoken},
                                                                  {"nmtokens", form::nmtokens},
                                                                  {"base64", form::base64},
                                                                  {"language", form::language}};
    auto found = known.find(name);
    if (found == known.end()) throw std::runtime_error("unknown form " + std::string(name));
    return found->second;
}
}  // namespace

class schema::loader {
public:
    loader(schema& s, names& n) : s_(s), names_(n) {}

    void run(std::string_view table) {
        int line = 0;
        try {
            while (!table.empty()) {
                ++line;
                auto end = table.find('\n');
                take(table.substr(0, end));
                table = end == std::string_view::npos ? std::string_view{} : table.substr(end + 1);
            }
            link();
        } catch (std::runtime_error const& e) {
            throw std::runtime_error("structure table, line " + std::to_string(line) + ": " +
                                     e.what());
        }
    }

private:
    std::string_view word() {
        while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
        auto end = std::min(rest_.find(' '), rest_.size());
        auto out = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return out;
    }
    void take(std::string_view line) {
        rest_ = line;
        if (line.empty() || line[0] == '#') return;
        auto kind = word();
        if (kind == "root") {
            word();
            root_ = std::string(word());
        } else if (kind == "simple") {
            simple();
        } else if (kind == "type") {
            complex_type t;
            t.name = std::string(word());
            bases_.emplace_back(word());
            auto flags = word();
            t.mixed = flags.find('m') != std::string_view::npos;
            t.abstract_ = flags.find('a') != std::string_view::npos;
            s_.by_name_.emplace(t.name, static_cast<type_index>(s_.types_.size()));
            s_.types_.push_back(std::move(t));
            models_.emplace_back();
        } else if (kind == "text") {
            s_.types_.back().text = simple_index(word());
        } else if (kind == "has") {
            models_.back().push_back(model());
        } else if (kind[0] == '@') {
            attribute_model a;
            a.required = kind.back() == '!';
            a.name = std::string(kind.substr(1, kind.size() - 1 - (a.required ? 1 : 0)));
            a.key = names_.intern("@" + a.name);
            if (a.required) ++s_.types_.back().required;
            a.type = simple_index(word());
            auto fixed = rest_.find('=');
            if (fixed != std::string_view::npos) a.fixed = std::string(rest_.substr(fixed + 1));
            s_.types_.back().attributes.push_back(std::move(a));
        } else {
            throw std::runtime_error("unknown word " + std::string(kind));
        }
    }
    std::uint32_t simple_index(std::string_view name) {
        auto [at, fresh] = simple_by_name_.try_emplace(
            std::string(name), static_cast<std::uint32_t>(s_.simple_.size()));
        if (fresh) {
            s_.simple_.emplace_back();
            if (name.starts_with("xs:")) s_.simple_.back().kind = form_of(name.substr(3));
        }
        return at->second;
    }
    void simple() {
        auto index = simple_index(word());
        auto kind = word();
        simple_type t;
        if (kind == "enum") {
            t.kind = form::one_of;
            for (auto v = word(); !v.empty(); v = word()) {
                t.values.emplace(v);
                t.shown.emplace_back(v);
            }
        } else if (kind == "same") {
            t.kind = form::either;
            t.members.push_back(simple_index(word()));
        } else if (kind == "union" || kind == "list") {
            t.kind = kind == "list" ? form::list : form::either;
            for (auto m = word(); !m.empty(); m = word()) t.members.push_back(simple_index(m));
        } else if (kind == "range") {
            t.kind = form::range;
            t.members.push_back(simple_index(word()));
            auto low = word(), high = word();
            std::from_chars(low.data(), low.data() + low.size(), t.low);
            std::from_chars(high.data(), high.data() + high.size(), t.high);
        } else {
            throw std::runtime_error("unknown simple type " + std::string(kind));
        }
        s_.simple_[index] = std::move(t);
    }
    /// `( a=T? , ( b=U | c=V ) * )`, each token apart from its neighbours but for the marks on a
    /// leaf.
    particle model() {
        auto token = word();
        if (token == "(") {
            particle out;
            out.what = particle::kind::sequence;
            for (;;) {
                out.parts.push_back(model());
                auto next = word();
                if (next == ")") break;
                if (next == "|") out.what = particle::kind::choice;
            }
            auto before = rest_;
            auto mark = word();
            if (mark == "?" || mark == "*" || mark == "+" || mark.starts_with('{'))
                repeat(out, mark);
            else
                rest_ = before;
            return out;
        }
        particle out;
        auto equals = token.find('=');
        auto name = token.substr(0, equals);
        auto tail =
            equals == std::string_view::npos ? std::string_view{} : token.substr(equals + 1);
        auto mark = std::string_view{};
        auto& marked = equals == std::string_view::npos ? name : tail;
        auto at = marked.find_first_of("?*+{");
        if (at != std::string_view::npos) {
            mark = marked.substr(at);
            marked = marked.substr(0, at);
        }
        if (!name.starts_with('#')) out.name = names_.intern(name);
        out.type = std::string(tail);
        if (!mark.empty()) repeat(out, mark);
        return out;
    }
    static void repeat(particle& p, std::string_view mark) {
        if (mark == "?" || mark == "*") p.least = 0;
        if (mark == "*" || mark == "+") p.most = unbounded;
        if (mark[0] != '{') return;
        auto comma = mark.find(',');
        std::from_chars(mark.data() + 1, mark.data() + comma, p.least);
        auto high = mark.substr(comma + 1);
        p.most = unbounded;
        if (digit(high[0])) std::from_chars(high.data(), high.data() + high.size(), p.most);
    }
    static bool digit(char c) { return c >= '0' && c <= '9'; }

    void link() {
        s_.root_ = s_.find(root_);
        for (std::size_t i = 0; i < s_.types_.size(); ++i) {
            auto& t = s_.types_[i];
            if (bases_[i] != "-") t.base = s_.find(bases_[i]);
            for (auto const& m : models_[i]) automaton(t, m);
        }
    }
    void automaton(complex_type& t, particle const& model) {
        builder b;
        auto whole = b.build(model);
        t.states.resize(b.positions.size() + 1);
        auto moves = [&](std::vector<std::uint32_t> const& to, state& from) {
            for (auto p : to) {
                auto const& at = b.positions[p];
                auto type = at.type.empty() ? no_type : s_.find(at.type);
                from.moves.push_back({at.name, p + 1, type});
            }
        };
        moves(whole.first, t.states[0]);
        t.states[0].may_end = whole.nullable;
        for (std::uint32_t p = 0; p < b.positions.size(); ++p) moves(b.follow[p], t.states[p + 1]);
        for (auto p : whole.last) t.states[p + 1].may_end = true;
    }

    schema& s_;
    names& names_;
    std::string_view rest_;
    std::string root_;
    std::vector<std::string> bases_;
    std::vector<std::vector<particle>> models_;
    std::unordered_map<std::string, std::uint32_t> simple_by_name_;
};

schema::schema(std::string_view table, names& n) {
    // Interned together and first, so that they are neighbours.
    first_free_ = xsi_type_ = n.intern("@xsi:type");
    for (auto name : {"@xsi:nil", "@xsi:schemaLocation", "@xsi:noNamespaceSchemaLocation",
                      "@xml:lang", "@xml:space", "@xml:base", "@xml:id"})
        last_free_ = n.intern(name);
    loader(*this, n).run(table);
}

type_index schema::find(std::string_view name) const {
    auto found = by_name_.find(std::string(name));
    if (found != by_name_.end()) return found->second;
    if (name.starts_with("xs:")) return no_type;
    throw std::runtime_error("no type " + std::string(name));
}

bool schema::derives(type_index from, type_index base) const {
    for (; from != no_type; from = types_[from].base)
        if (from == base) return true;
    return false;
}
}  // namespace cda::structure
