#include "cda/check.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "cda/location.hpp"
#include "cda/overrides.hpp"
#include "cda/rulebook.hpp"
#include "cda/rules/rule.hpp"
#include "cda/structure/check.hpp"

namespace cda {
namespace {
/// The template that names the document model: the last that is neither HL7 France nor the minimal
/// structure.
template_id model_of(header const& h) {
    template_id out;
    for (auto const& t : h.templates)
        if (t.root != "2.16.840.1.113883.2.8.2.1" && t.root != "1.2.250.1.213.1.1.1.1") out = t;
    return out;
}

/// Packs of everybody begin with this; any other is a document model.
constexpr std::string_view common_pack = "ci-sis-";

class inspection {
public:
    inspection(document const& doc, check_options const& options, catalogue const& texts,
               rulebook const& book, verdict& into)
        : doc_(doc), options_(options), texts_(texts), book_(book), into_(into) {}

    findings run(checked_document& summary) {
        rules::context c{doc_, options_, texts_, out_, said_};
        tree t(doc_.root(), book_.element_names());
        structure::check(t, book_.element_names(), book_.schema(), [&](structure::fault f) {
            c.report(f.rule, f.where, f.attribute, f.words);
        });
        packs(c, t, summary);
        summary.status = rules::check_identity(c);
        rules::check_body(c);
        order();
        return std::move(out_);
    }

private:
    void packs(rules::context const& c, tree const& t, checked_document& summary) {
        auto const& sets = options_.sets != nullptr ? *options_.sets : value_sets::shipped();
        expression::evaluator on(t, sets, options_.steps);
        // One more than is shown, so that the tally knows of the cut.
        auto judged = book_.judge(t, on, static_cast<std::uint32_t>(options_.most_of_one_rule) + 1);
        for (auto const& b : judged.broken) add(b, t);
        rules::check_datatypes(c, t, book_.element_names(), book_.types().of(t, on));
        bool model = false;
        std::vector<bool> named(book_.packs().size(), false);
        for (auto p : judged.packs) {
            auto const& pack = book_.packs()[p];
            model = model || !pack.name.starts_with(common_pack);
            if (named[pack.first_of_label]) continue;
            named[pack.first_of_label] = true;
            summary.packs.push_back(pack.label);
        }
        if (on.spent()) c.report("XML-10", doc_.root());
        if (!model && !on.spent()) c.report("MOD-01", doc_.root());
        for (auto const& oid : on.missing_sets()) {
            c.report("JDV-01", doc_.root(), "", {oid});
            use({oid, "", ""});
        }
        for (auto const* s : on.used_sets()) use({s->oid, s->name, s->version});
    }
    void use(value_set_use u) {
        auto same = [&](value_set_use const& k) { return k.oid == u.oid; };
        if (std::none_of(into_.sets.begin(), into_.sets.end(), same))
            into_.sets.push_back(std::move(u));
    }
    void add(broken_rule const& b, tree const& t) {
        auto const& r = *b.rule;
        if (!said_.takes(r.id, r.level)) return;
        auto n = t[b.where.element].xml;
        auto at = doc_.position_of(n);
        finding f;
        f.rule = r.id;
        f.level = r.level;
        auto a = b.where.attribute;
        f.location = location(n, a != 0 ? t.attributes()[a - 1].xml.name() : "");
        f.line = at.line;
        f.column = at.column;
        f.message = r.message;
        f.remedy = r.remedy;
        f.pack = book_.packs()[r.pack].label;
        out_.push_back(std::move(f));
    }
    /// In document order, each said once, and not without end.
    void order() {
        std::stable_sort(out_.begin(), out_.end(), [](finding const& a, finding const& b) {
            return a.line != b.line ? a.line < b.line : a.column < b.column;
        });
        std::set<std::tuple<std::string, std::string, std::string>> said;
        std::erase_if(out_, [&](finding const& f) {
            return !said.emplace(f.rule, f.location, f.message.en).second;
        });
        if (out_.size() <= options_.most_findings) {
            if (said_.cut()) out_.push_back(texts_.make("CDA-99"));
            return;
        }
        // What decides must not fall off the end, whatever an override makes of the others: the
        // first of each rule and level stays.
        std::set<std::pair<std::string, severity>> seen;
        std::vector<bool> first;
        for (auto const& f : out_) first.push_back(seen.emplace(f.rule, f.level).second);
        auto room = options_.most_findings - std::min(options_.most_findings, seen.size());
        findings kept;
        for (std::size_t i = 0; i < out_.size(); ++i) {
            if (!first[i] && room == 0) continue;
            if (!first[i]) --room;
            kept.push_back(std::move(out_[i]));
        }
        out_ = std::move(kept);
        out_.push_back(texts_.make("CDA-99"));
    }

    document const& doc_;
    check_options const& options_;
    catalogue const& texts_;
    rulebook const& book_;
    verdict& into_;
    findings out_;
    rules::tally said_{options_.most_of_one_rule};
};

void summarize(document const& doc, checked_document& s) {
    s.unique_id = doc.head().unique_id();
    s.type_code = doc.head().code.code;
    auto model = model_of(doc.head());
    s.template_root = model.root;
    s.template_version = model.extension;
    for (auto const& id : doc.head().patient.ids)
        if (s.ins_root.empty() && authority_of(id.root)) s.ins_root = id.root;
}
}  // namespace

verdict check(std::vector<std::string_view> const& inputs, check_options const& options,
              catalogue const& texts, rulebook const& book) {
    verdict v;
    if (inputs.empty()) v.found.push_back(texts.make("SUB-03"));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        checked_document summary;
        summary.size = inputs[i].size();
        auto read = document::parse(inputs[i], options.limits);
        findings here;
        if (auto bad = std::get_if<findings>(&read)) {
            here = std::move(*bad);
        } else {
            auto& doc = std::get<document>(read);
            here = inspection(doc, options, texts, book, v).run(summary);
            summarize(doc, summary);
            v.parsed.push_back(std::move(doc));
        }
        for (auto& f : here) {
            if (inputs.size() > 1)
                f.location = "document[" + std::to_string(i + 1) + "]" + f.location;
            v.found.push_back(std::move(f));
        }
        v.documents.push_back(std::move(summary));
    }
    if (v.parsed.size() == inputs.size()) rules::check_submission(v.parsed, texts, v.found);
    apply_overrides(options, v);
    v.accepted = std::none_of(v.found.begin(), v.found.end(),
                              [](auto const& f) { return f.level == severity::error; });
    return v;
}

verdict check(std::vector<std::string_view> const& inputs, check_options const& options,
              catalogue const& texts) {
    return check(inputs, options, texts, rulebook::shipped());
}
}  // namespace cda
