#include "connectors/mssante/narrative.hpp"

#include "cda/xml.hpp"

namespace mssante {
namespace {
namespace xml = cda::xml;

class walker {
public:
    explicit walker(std::vector<line>& out) : out_(out) {}

    void section(pugi::xml_node s) {
        auto title = xml::text(xml::child(s, "title"));
        if (!title.empty()) out_.push_back({line::kind::title, title});
        block(xml::child(s, "text"));
        end_line();
        xml::each(s, "component", [&](pugi::xml_node c) { section(xml::child(c, "section")); });
    }

private:
    void block(pugi::xml_node n) {
        for (auto c : n.children()) {
            if (c.type() == pugi::node_pcdata || c.type() == pugi::node_cdata) {
                append(c.value());
                continue;
            }
            if (c.type() != pugi::node_element) continue;
            auto name = xml::local(c);
            if (name == "br") {
                end_line();
            } else if (name == "tr") {
                row(c);
            } else if (name == "item") {
                end_line();
                current_ = "- ";
                block(c);
                end_line();
            } else if (name == "paragraph" || name == "list" || name == "table" ||
                       name == "caption" || name == "thead" || name == "tbody" || name == "tfoot") {
                end_line();
                block(c);
                end_line();
            } else if (name != "colgroup" && name != "col" && name != "renderMultiMedia") {
                block(c);
            }
        }
    }

    void row(pugi::xml_node tr) {
        end_line();
        std::string cells;
        for (auto c : tr.children()) {
            if (c.type() != pugi::node_element) continue;
            std::vector<line> inside;
            walker(inside).cell(c);
            if (!cells.empty()) cells += " | ";
            for (auto const& l : inside)
                cells += (cells.empty() || cells.ends_with(" | ") ? "" : " ") + l.text;
        }
        append(cells);
        end_line();
    }
    void cell(pugi::xml_node td) {
        block(td);
        end_line();
    }

    /// Blanks of the source are layout: one is kept.
    void append(std::string_view text) {
        for (char c : text) {
            bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
            if (blank && (current_.empty() || current_.back() == ' ')) continue;
            current_ += blank ? ' ' : c;
        }
    }
    void end_line() {
        while (current_.ends_with(' ')) current_.pop_back();
        if (!current_.empty() && current_ != "-") out_.push_back({line::kind::text, current_});
        current_.clear();
    }

    std::vector<line>& out_;
    std::string current_;
};
}  // namespace

std::vector<line> narrative_of(cda::document const& d) {
    std::vector<line> out;
    walker w(out);
    xml::each(xml::path(d.root(), {"component", "structuredBody"}), "component",
              [&](pugi::xml_node c) { w.section(xml::child(c, "section")); });
    return out;
}
}  // namespace mssante
