#include "cda/words.hpp"

#include <algorithm>
#include <charconv>

namespace cda {
using namespace expression;
namespace {
bool path_like(part const& p) { return p.kind == op::path || p.kind == op::alternatives; }

void replace(std::string& in, std::string_view from, std::string_view to) {
    for (auto at = in.find(from); at != std::string::npos; at = in.find(from, at + to.size()))
        in.replace(at, from.size(), to);
}
/// A path as people read it: `templateId[@root='X']` is "templateId X".
std::string shown(compiled const& c, part const& p) {
    auto out = std::string(c.text_of(p));
    replace(out, "[not(@nullFlavor)]", "");
    replace(out, "[@root='", " ");
    replace(out, "[@root = '", " ");
    replace(out, "[@code='", " ");
    replace(out, "[@code = '", " ");
    replace(out, "']", "");
    replace(out, ".//", "");
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}
text say(text const& thing, std::string const& fr, std::string const& en) {
    auto capital = [](std::string s) {
        if (!s.empty() && s[0] >= 'a' && s[0] <= 'z') s[0] = static_cast<char>(s[0] - 32);
        return s;
    };
    return {capital(thing.fr) + " : " + fr, capital(thing.en) + ": " + en};
}
std::string times(double n) { return std::to_string(static_cast<long long>(n)); }

std::optional<rule_words> cardinality(compiled const& c, part const& p, text const& thing) {
    auto const& left = c.parts[p.operands[0]];
    auto const& right = c.parts[p.operands[1]];
    if (left.kind != op::call || left.called != function::count || right.kind != op::number)
        return std::nullopt;
    auto what = shown(c, c.parts[left.operands[0]]);
    auto n = times(right.value);
    switch (p.kind) {
        case op::equal:
            return rule_words{say(thing, "il faut exactement " + n + " « " + what + " »",
                                  "exactly " + n + " “" + what + "” needed"),
                              {"laisser exactement " + n + " « " + what + " »",
                               "leave exactly " + n + " “" + what + "”"}};
        case op::less:
        case op::less_equal: {
            auto most = times(p.kind == op::less ? right.value - 1 : right.value);
            return rule_words{
                say(thing, "au plus " + most + " « " + what + " »",
                    "at most " + most + " “" + what + "”"),
                {"retirer les « " + what + " » en trop", "remove the surplus “" + what + "”"}};
        }
        case op::greater:
        case op::greater_equal: {
            auto least = times(p.kind == op::greater ? right.value + 1 : right.value);
            return rule_words{say(thing, "il faut au moins " + least + " « " + what + " »",
                                  "at least " + least + " “" + what + "” needed"),
                              {"ajouter « " + what + " »", "add “" + what + "”"}};
        }
        default: return std::nullopt;
    }
}

std::optional<rule_words> listed(compiled const& c, part const& p, text const& thing) {
    auto const& over = c.parts[p.operands[0]];
    if (!path_like(over)) return std::nullopt;
    auto what = shown(c, over);
    auto value = [&](std::string const& fr, std::string const& en, std::string const& fix_fr,
                     std::string const& fix_en) {
        return rule_words{say(thing, "« " + what + " » " + fr, "“" + what + "” " + en),
                          {fix_fr, fix_en}};
    };
    switch (p.called) {
        case function::one_of: {
            std::string all;
            for (auto const& w : p.words) all += (all.empty() ? "" : ", ") + w;
            return value("doit être l'une des valeurs " + all, "must be one of " + all,
                         "choisir l'une de ces valeurs", "choose one of these values");
        }
        case function::in_set:
        case function::code_in_set:
        case function::text_in_set:
            return value("ne figure pas dans le jeu de valeurs " + p.text,
                         "is not in the value set " + p.text,
                         p.called == function::in_set
                             ? "choisir un code de ce jeu de valeurs, avec son codeSystem"
                             : "choisir un code de ce jeu de valeurs",
                         p.called == function::in_set
                             ? "choose a code of this value set, with its codeSystem"
                             : "choose a code of this value set");
        case function::is_timestamp:
            return value("n'est pas une date ou une heure qui existe",
                         "is not a date or time that exists", "écrire AAAAMMJJhhmmss+hhmm",
                         "write YYYYMMDDhhmmss+hhmm");
        case function::is_oid:
            return value("n'est ni un OID ni un UUID", "is neither an OID nor a UUID",
                         "écrire un OID tel que 1.2.250.1.213",
                         "write an OID such as 1.2.250.1.213");
        case function::is_integer:
            return value("n'est pas un nombre entier", "is not a whole number",
                         "écrire un nombre entier", "write a whole number");
        case function::is_ucum:
            return value("n'est pas une unité UCUM", "is not a UCUM unit",
                         "écrire l'unité en UCUM (sensible à la casse), par exemple g/L",
                         "write the unit in UCUM (case-sensitive), for example g/L");
        case function::has_form: {
            std::string all;
            for (auto const& w : p.words) all += (all.empty() ? "" : ", ") + w;
            return value("n'a pas la forme d'un code de cette terminologie (" + all + ")",
                         "does not have the form of a code of this terminology (" + all + ")",
                         "vérifier le code et son codeSystem", "check the code and its codeSystem");
        }
        default: return std::nullopt;
    }
}

std::optional<rule_words> simple(compiled const& c, part const& p, text const& thing) {
    if (path_like(p)) {
        auto what = shown(c, p);
        return rule_words{say(thing, "« " + what + " » manque", "“" + what + "” is missing"),
                          {"ajouter « " + what + " »", "add “" + what + "”"}};
    }
    if (p.kind == op::negate && path_like(c.parts[p.operands[0]])) {
        auto what = shown(c, c.parts[p.operands[0]]);
        return rule_words{say(thing, "« " + what + " » n'est pas permis ici",
                              "“" + what + "” is not allowed here"),
                          {"retirer « " + what + " »", "remove “" + what + "”"}};
    }
    if (p.kind == op::call) return listed(c, p, thing);
    if (p.kind == op::equal && path_like(c.parts[p.operands[0]]) &&
        c.parts[p.operands[1]].kind == op::literal) {
        auto what = shown(c, c.parts[p.operands[0]]);
        auto const& value = c.parts[p.operands[1]].text;
        return rule_words{say(thing, "« " + what + " » doit valoir « " + value + " »",
                              "“" + what + "” must be “" + value + "”"),
                          {"écrire « " + value + " »", "write “" + value + "”"}};
    }
    if (p.operands.size() == 2) return cardinality(c, p, thing);
    return std::nullopt;
}
}  // namespace

std::optional<rule_words> words_for(compiled const& c, text const& thing) {
    auto const& top = c.root();
    // `not(x) or <fact>`: a guard says when the fact is asked for.
    if (top.kind == op::either && top.operands.size() == 2 &&
        c.parts[top.operands[0]].kind == op::negate)
        return simple(c, c.parts[top.operands[1]], thing);
    if (top.kind == op::either) {
        // The same attribute compared with several literals is a list of values.
        std::string what, all;
        for (auto i : top.operands) {
            auto const& o = c.parts[i];
            if (o.kind != op::equal || !path_like(c.parts[o.operands[0]]) ||
                c.parts[o.operands[1]].kind != op::literal)
                return std::nullopt;
            auto here = shown(c, c.parts[o.operands[0]]);
            if (!what.empty() && here != what) return std::nullopt;
            what = here;
            all += (all.empty() ? "" : ", ") + c.parts[o.operands[1]].text;
        }
        return rule_words{say(thing, "« " + what + " » doit être l'une des valeurs " + all,
                              "“" + what + "” must be one of " + all),
                          {"choisir l'une de ces valeurs", "choose one of these values"}};
    }
    return simple(c, top, thing);
}

text filled(text const& t, std::vector<std::string> const& words) {
    auto out = t;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto mark = "{" + std::to_string(i) + "}";
        replace(out.fr, mark, words[i]);
        replace(out.en, mark, words[i]);
    }
    return out;
}
}  // namespace cda
