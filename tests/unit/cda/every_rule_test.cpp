/// Every rule that is data, alone: a fragment that breaks it is found under its id, and one that
/// keeps it is not. The fragments are made from the rule itself; what cannot be made so stands in
/// by_hand.hpp.
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "by_hand.hpp"
#include "cda/rulebook.hpp"
#include "fragment.hpp"
#include "schemas/shipped.hpp"

namespace {
using namespace cda;

/// The OIDs of the value sets that the rules ask for.
std::set<std::string> set_names(rulebook const& book) {
    std::set<std::string> out;
    for (auto const& r : book.rules())
        for (auto const* text : {&r.test, &r.at})
            for (auto at = text->find("-set("); at != std::string::npos;
                 at = text->find("-set(", at + 1)) {
                auto from = text->find_first_of("'\"", text->find(',', at));
                if (from != std::string::npos)
                    out.insert(
                        text->substr(from + 1, text->find_first_of("'\"", from + 1) - from - 1));
            }
    return out;
}
/// Value sets that answer to every name: A of 1.2.3.
value_sets const& toy_sets() {
    static value_sets const sets = [] {
        value_sets out;
        for (auto const& oid : set_names(rulebook::shipped())) {
            auto bad = out.add_svs(
                R"(<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id=")" + oid +
                R"(" displayName="toy" dateMaj="20250101"><ConceptList><Concept code="A" codeSystem="1.2.3"/>)"
                R"(</ConceptList></ValueSet></RetrieveValueSetResponse>)");
            EXPECT_FALSE(bad) << oid << " " << *bad;
        }
        return out;
    }();
    return sets;
}

class each_rule {
public:
    explicit each_rule(schemas::file const& f) : sets_(toy_sets()) {
        auto text = std::string(f.text);
        // The pack's own condition is not the matter here.
        auto when = text.find("\nwhen = ");
        if (when != std::string::npos) text.erase(when, text.find('\n', when + 1) - when);
        book_.emplace(std::vector<rulebook::file>{{f.name, text}}, schemas::structure_cda);
    }
    void run() {
        for (std::size_t i = 0; i < book_->rules().size(); ++i) one(i);
    }
    static inline std::size_t count = 0;

private:
    enum class wish { kept, broken };

    /// Is the rule among the broken ones of a fragment? Nothing when no element of it is judged by
    /// the rule at all.
    std::optional<bool> broken_in(std::size_t i, pugi::xml_document const& doc) {
        tree t(doc.document_element(), book_->element_names());
        expression::evaluator on(t, sets_, 1'000'000);
        auto judged = book_->judge(t, on, 50);
        for (auto const& b : judged.broken)
            if (b.rule == &book_->rules()[i]) return true;
        if (!rulebook_probe(*book_, i).matched(t, on)) return std::nullopt;
        return false;
    }
    /// The `way`th fragment that the maker can think of.
    std::optional<bool> broken_made(std::size_t i, wish w, std::size_t way) {
        auto const& r = book_->rules()[i];
        names known;  // a compiler of its own: the fragments are made from text
        auto at = expression::compile(r.at, known);
        auto test = expression::compile(r.test, known);
        pugi::xml_document doc;
        auto context = fragment::maker(at, known, way / 3).build(doc);
        fragment::maker f(test, known, way / 3);
        if (auto name = f.name_wanted(); !name.empty())
            context.set_name(w == wish::kept ? name.c_str() : "encounter");
        // Once as it should be, once with nothing added, once doubled.
        if (way % 3 == 0 && w == wish::kept) f.hold(context);
        if (way % 3 == 0 && w == wish::broken) f.fail(context);
        if (way % 3 == 2) {
            f.hold(context);
            f.hold(context);
        }
        return broken_in(i, doc);
    }
    /// Asks whether any element of a tree is judged by a rule.
    struct rulebook_probe {
        rulebook_probe(rulebook const& b, std::size_t i) : book(b), at(b.rules()[i].at) {}
        bool matched(tree const& t, expression::evaluator& on) const {
            // Compiled with the names of the book, which know all of the pattern's.
            names copy;
            for (symbol n = 1; n <= book.element_names().size(); ++n)
                copy.intern(book.element_names().text(n));
            auto p = expression::compile_pattern(at, copy);
            for (std::uint32_t e = 0; e < t.size(); ++e)
                if (on.matches(p, e)) return true;
            return false;
        }
        rulebook const& book;
        std::string at;
    };

    /// nullptr: the maker can.
    char const* written(declared_rule const& r, wish w) const {
        for (auto const& h : fragment::written_by_hand())
            if (h.rule == r.id && r.test.starts_with(h.test))
                return w == wish::kept ? h.kept : h.broken;
        return nullptr;
    }
    /// What became of each try, until one is as wished; empty when one was.
    std::string tried(std::size_t i, wish w) {
        if (auto content = written(book_->rules()[i], w)) {
            pugi::xml_document doc;
            auto whole = std::string(fragment::root_tag) + content + "</ClinicalDocument>";
            EXPECT_TRUE(doc.load_string(whole.c_str()));
            return broken_in(i, doc) == (w == wish::broken) ? "" : "by hand";
        }
        std::string out;
        for (std::size_t way = 0; way < 12; ++way) {
            auto got = broken_made(i, w, way);
            if (got == (w == wish::broken)) return {};
            out += got ? (*got ? 'b' : 'k') : '?';
        }
        return out;
    }
    void one(std::size_t i) {
        auto const& r = book_->rules()[i];
        auto kept = tried(i, wish::kept), broken = tried(i, wish::broken);
        EXPECT_TRUE(kept.empty() && broken.empty())
            << book_->packs()[r.pack].file << " " << r.id << "\n  at " << r.at << "\n  test "
            << r.test << "\n  kept: " << kept << "  broken: " << broken;
        ++count;
    }
    value_sets const& sets_;
    std::optional<rulebook> book_;
};

TEST(EveryRule, IsBrokenByOneFragmentAndKeptByAnother) {
    for (auto const& f : schemas::files)
        if (f.name.starts_with("rules/") && f.name != "rules/predicates.toml") each_rule(f).run();
    EXPECT_EQ(each_rule::count, rulebook::shipped().rules().size());
}
}  // namespace
