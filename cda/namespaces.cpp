/// What a reader that knows namespaces refuses and one that does not lets pass. Source: Namespaces
/// in XML 1.0 (3rd ed.) 3, 4, 5, 6.3.
#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "cda/parse.hpp"

namespace cda {
namespace {
constexpr std::string_view xml_uri = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view xmlns_uri = "http://www.w3.org/2000/xmlns/";

/// A name cut at its colon.
struct qualified {
    std::string_view prefix, local;
    bool well_formed;
};
qualified cut(std::string_view name) {
    auto colon = name.find(':');
    if (colon == std::string_view::npos) return {{}, name, true};
    auto local = name.substr(colon + 1);
    bool good = colon != 0 && name_length(local) == local.size() && !local.empty() &&
                local.find(':') == std::string_view::npos;
    return {name.substr(0, colon), local, good};
}

class walker {
public:
    explicit walker(xml_limits const& l) : limits_(l) {}

    /// @return the rule that an element breaks, or nullptr.
    char const* enter(pugi::xml_node n) {
        for (auto a : n.attributes()) {
            if (std::strncmp(a.name(), "xmlns", 5) != 0) continue;
            std::string_view name = a.name();
            if (name.size() == 5)
                bound_.push_back({"", a.value()});
            else if (name[5] == ':')
                bound_.push_back({name.substr(6), a.value()});
            else
                continue;
            if (bound_.size() > limits_.declarations) return "XML-05";
            if (!allowed(bound_.back(), name.size() == 5)) return "XML-15";
        }
        if (std::strchr(n.name(), ':') != nullptr && !known(cut(n.name()))) return "XML-15";
        return attributes(n);
    }
    [[nodiscard]] std::size_t depth() const { return bound_.size(); }
    void leave(std::size_t to) { bound_.resize(to); }

private:
    struct binding {
        std::string_view prefix, uri;
    };
    static bool allowed(binding const& b, bool is_default) {
        if (b.uri == xmlns_uri || b.prefix == "xmlns") return false;
        if (is_default) return b.uri != xml_uri;
        if ((b.prefix == "xml") != (b.uri == xml_uri)) return false;
        return !b.uri.empty() && name_length(b.prefix) == b.prefix.size() && !b.prefix.empty() &&
               b.prefix.find(':') == std::string_view::npos;
    }
    [[nodiscard]] std::string_view const* find(std::string_view prefix) const {
        if (prefix == "xml") return &xml_uri;
        for (auto b = bound_.rbegin(); b != bound_.rend(); ++b)
            if (b->prefix == prefix) return &b->uri;
        return nullptr;
    }
    [[nodiscard]] bool known(qualified const& q) const {
        return q.well_formed && (q.prefix.empty() || find(q.prefix) != nullptr);
    }
    /// One name twice is the scan's affair; here it stands under two prefixes.
    char const* attributes(pugi::xml_node n) {
        std::size_t prefixed = 0;
        for (auto a : n.attributes()) {
            if (std::strchr(a.name(), ':') == nullptr) continue;
            auto q = cut(a.name());
            if (q.prefix == "xmlns") continue;
            if (!known(q)) return "XML-15";
            ++prefixed;
        }
        if (prefixed < 2) return nullptr;
        std::set<std::pair<std::string_view, std::string_view>> seen;
        for (auto a : n.attributes()) {
            auto q = cut(a.name());
            if (q.prefix.empty() || q.prefix == "xmlns") continue;
            if (!seen.emplace(*find(q.prefix), q.local).second) return "XML-08";
        }
        return nullptr;
    }

    xml_limits const& limits_;
    std::vector<binding> bound_;
};
}  // namespace

std::optional<scan_fault> check_namespaces(pugi::xml_node top, std::string_view utf8,
                                           xml_limits const& limits) {
    walker w(limits);
    std::vector<std::size_t> before;
    auto at = top;
    while (at) {
        before.push_back(w.depth());
        if (auto rule = w.enter(at)) {
            auto line = std::count(utf8.begin(), utf8.begin() + at.offset_debug(), '\n');
            return scan_fault{rule, 1 + static_cast<int>(line)};
        }
        auto next = at.first_child();
        while (next && next.type() != pugi::node_element) next = next.next_sibling();
        while (!next) {
            w.leave(before.back());
            before.pop_back();
            if (before.empty()) return std::nullopt;
            next = at.next_sibling();
            while (next && next.type() != pugi::node_element) next = next.next_sibling();
            if (!next) at = at.parent();
        }
        at = next;
    }
    return std::nullopt;
}
}  // namespace cda
