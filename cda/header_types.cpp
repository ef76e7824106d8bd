#include "cda/header_types.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cda {
namespace {
constexpr std::array<std::string_view, 18> spelled{"ANY",     "II",     "CD",  "CE",  "CS", "TS",
                                                   "IVXB_TS", "IVL_TS", "INT", "TEL", "AD", "EN",
                                                   "PN",      "ON",     "ST",  "SC",  "ED", "BL"};
static_assert(spelled.size() == static_cast<std::size_t>(datatype::bl) + 1);

/// Where the first step of a path ends: at a '/' that stands in no predicate.
std::size_t end_of_step(std::string_view path) {
    int depth = 0;
    char quote = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (quote != 0) {
            if (path[i] == quote) quote = 0;
        } else if (path[i] == '\'' || path[i] == '"') {
            quote = path[i];
        } else if (path[i] == '/' && depth == 0) {
            return i;
        } else {
            depth += (path[i] == '[') - (path[i] == ']');
        }
    }
    if (depth != 0 || quote != 0) throw std::runtime_error("a predicate does not end");
    return path.size();
}
/// The predicate that begins at its '[', with both brackets.
std::string_view predicate(std::string_view text) {
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += (text[i] == '[') - (text[i] == ']');
        if (depth == 0) return text.substr(0, i + 1);
    }
    throw std::runtime_error("a predicate does not end");
}
}  // namespace

std::string_view name_of(datatype t) { return spelled[static_cast<std::size_t>(t)]; }

std::optional<datatype> datatype_of(std::string_view name) {
    auto found = std::find(spelled.begin(), spelled.end(), name);
    if (found == spelled.end()) return std::nullopt;
    return static_cast<datatype>(found - spelled.begin());
}

void type_table::add(std::string_view path, datatype type, names& known) {
    std::uint32_t at = 0;
    while (!path.empty()) {
        if (path.front() != '/') throw std::runtime_error("a path begins with '/'");
        path.remove_prefix(1);
        auto end = end_of_step(path);
        at = child(at, path.substr(0, end), known);
        path.remove_prefix(end);
    }
    if (steps_[at].type) throw std::runtime_error("the element has a datatype already");
    steps_[at].type = type;
}

std::uint32_t type_table::child(std::uint32_t of, std::string_view text, names& known) {
    for (auto k : steps_[of].below)
        if (steps_[k].text == text) return k;
    auto name = text.substr(0, text.find('['));
    if (name.empty()) throw std::runtime_error("a step has no name");
    step made;
    made.name = known.intern(name);
    made.text = text;
    for (auto rest = text.substr(name.size()); !rest.empty();) {
        if (rest.front() != '[') throw std::runtime_error("unexpected text after a predicate");
        auto one = predicate(rest);
        made.filters.push_back(expression::compile(one.substr(1, one.size() - 2), known));
        rest.remove_prefix(one.size());
    }
    auto index = static_cast<std::uint32_t>(steps_.size());
    steps_.push_back(std::move(made));
    steps_[of].below.push_back(index);
    return index;
}

void type_table::walk(std::uint32_t from, std::uint32_t element, tree const& t,
                      expression::evaluator& on, std::vector<typed_element>& out) const {
    for (auto k : steps_[from].below) {
        auto const& s = steps_[k];
        if (s.name != t[element].name) continue;
        auto holds = [&](expression::compiled const& f) { return on.truth(f, element); };
        if (!std::all_of(s.filters.begin(), s.filters.end(), holds)) continue;
        if (s.type) out.push_back({element, *s.type});
        if (s.below.empty()) continue;
        for (auto c = element + 1; c < t[element].end; c = t[c].end) walk(k, c, t, on, out);
    }
}

std::vector<typed_element> type_table::of(tree const& t, expression::evaluator& on) const {
    std::vector<typed_element> out;
    out.reserve(64);
    walk(0, 0, t, on, out);
    // Two rows may lead through one element, each to others below it.
    std::stable_sort(out.begin(), out.end(),
                     [](auto const& a, auto const& b) { return a.element < b.element; });
    return out;
}
}  // namespace cda
