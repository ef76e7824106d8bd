#include <algorithm>
#include <iomanip>
#include <ostream>

#include "gateway/admin/json.hpp"
#include "gateway/cli/report.hpp"

namespace gateway::cli {
namespace {
bool inside(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
/// A document's own text on a terminal: a control character (C0, DEL, C1) could command it.
std::string harmless(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        bool c1 =
            c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c1) ++i;
        out += c1 || c < 0x20 || c == 0x7F ? (c == '\t' ? ' ' : '?') : text[i];
    }
    return out;
}
}  // namespace

std::string_view line_of(std::string_view text, int number) {
    for (; number > 1; --number) {
        auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    auto line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}
std::size_t characters(std::string_view s) {
    return static_cast<std::size_t>(
        std::count_if(s.begin(), s.end(), [](char c) { return !inside(c); }));
}

std::size_t document_of(std::string const& location) {
    constexpr std::string_view mark = "document[";
    if (!location.starts_with(mark)) return 0;
    return static_cast<std::size_t>(
        std::max(1L, std::strtol(location.c_str() + mark.size(), nullptr, 10)) - 1);
}

namespace {
/// Terminal colours, or nothing.
struct paint {
    bool on;
    [[nodiscard]] char const* red() const { return on ? "\x1b[31m" : ""; }
    [[nodiscard]] char const* yellow() const { return on ? "\x1b[33m" : ""; }
    [[nodiscard]] char const* green() const { return on ? "\x1b[32m" : ""; }
    [[nodiscard]] char const* bold() const { return on ? "\x1b[1m" : ""; }
    [[nodiscard]] char const* dim() const { return on ? "\x1b[2m" : ""; }
    [[nodiscard]] char const* off() const { return on ? "\x1b[0m" : ""; }
    [[nodiscard]] char const* of(cda::severity s) const {
        return s == cda::severity::error ? red() : s == cda::severity::warning ? yellow() : dim();
    }
};

/// What a finding is about, cut out of its line: the element or its attribute, with some room
/// around.
struct excerpt {
    std::string text;
    std::size_t caret, width;
};
excerpt cut(std::string_view line, cda::finding const& f) {
    auto at = std::min(static_cast<std::size_t>(std::max(f.column - 1, 0)), line.size());
    std::size_t width = 1;
    if (at < line.size() && line[at] == '<') {
        auto end = line.find_first_of(" >/\t", at + 1);
        width = (end == std::string_view::npos ? line.size() : end) - at;
    }
    if (auto slash = f.location.rfind("/@"); slash != std::string::npos) {
        auto wanted = f.location.substr(slash + 2) + "=";
        auto end = std::min(line.find('>', at), line.size());
        auto found = line.find(wanted, at);
        if (found != std::string_view::npos && found < end) {
            at = found;
            width = wanted.size() - 1;
        }
    }
    constexpr std::size_t before = 30, most = 100;
    auto from = at > before + 20 ? at - before : 0;
    while (from > 0 && inside(line[from])) --from;
    auto to = std::min(line.size(), from + most);
    while (to < line.size() && inside(line[to])) ++to;
    auto text = harmless(line.substr(from, to - from));
    std::size_t lead = from > 0 ? 1 : 0;
    auto caret = lead + characters(line.substr(from, at - from));
    if (from > 0) text.insert(0, "…");
    if (to < line.size()) text += "…";
    return {text, caret, std::max<std::size_t>(width, 1)};
}

void print_finding(std::ostream& out, cda::finding const& f, std::vector<std::string> const& texts,
                   language l, paint const& p) {
    auto in = [&](cda::text const& t) -> std::string const& {
        return l == language::fr ? t.fr : t.en;
    };
    out << "  " << p.of(f.level)
        << (l == language::fr ? f.level == cda::severity::error     ? "erreur"
                                : f.level == cda::severity::warning ? "alerte"
                                                                    : "info"
                              : name_of(f.level))
        << p.off() << " " << p.bold() << f.rule << p.off() << "  " << in(f.message) << '\n';
    if (!f.location.empty() || f.line != 0) {
        out << p.dim() << "    ";
        if (f.line != 0) out << (l == language::fr ? "ligne " : "line ") << f.line << "  ";
        out << f.location << p.off() << '\n';
    }
    auto which = document_of(f.location);
    if (f.line != 0 && f.column != 0 && which < texts.size()) {
        auto line = line_of(texts[which], f.line);
        if (!line.empty()) {
            auto e = cut(line, f);
            out << p.dim() << std::setw(7) << f.line << " │ " << p.off() << e.text << '\n'
                << p.dim() << "        │ " << p.off() << std::string(e.caret, ' ') << p.of(f.level)
                << std::string(std::min<std::size_t>(e.width, 60), '^') << p.off() << '\n';
        }
    }
    out << "    → " << in(f.remedy) << '\n';
    if (!f.note.fr.empty()) out << "    ! " << in(f.note) << '\n';
}
}  // namespace

void print_text(std::ostream& out, std::string const& file, cda::verdict const& v,
                std::vector<std::string> const& texts, language l, bool colour) {
    paint p{colour};
    bool fr = l == language::fr;
    out << p.bold() << harmless(file) << p.off() << "  " << (v.accepted ? p.green() : p.red())
        << (v.accepted ? (fr ? "accepté" : "accepted") : (fr ? "refusé" : "refused")) << p.off();
    for (auto const& d : v.documents) {
        if (d.unique_id.empty()) continue;
        out << "  " << harmless(d.type_code) << " " << harmless(d.unique_id);
        for (auto const& pack : d.packs)
            if (!pack.starts_with("ci-sis-")) out << "  [" << pack << "]";
    }
    out << '\n';
    for (auto const& f : v.found) print_finding(out, f, texts, l, p);
    if (v.found.empty()) return;
    auto errors = std::count_if(v.found.begin(), v.found.end(),
                                [](auto const& f) { return f.level == cda::severity::error; });
    auto others = static_cast<std::ptrdiff_t>(v.found.size()) - errors;
    out << "  " << errors << (fr ? " erreur(s), " : " error(s), ") << others
        << (fr ? " alerte(s) ou information(s)\n" : " warning(s) or notice(s)\n");
}
}  // namespace gateway::cli
