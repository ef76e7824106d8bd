#include "cda/tree.hpp"

#include <algorithm>

#include "cda/xml.hpp"

namespace cda {
char const* prefix_of(std::string_view uri) {
    if (uri == "urn:hl7-org:v3") return "";
    if (uri == "urn:hl7-org:sdtc") return "sdtc:";
    if (uri == "urn:oid:1.3.6.1.4.1.19376.1.3.2") return "lab:";
    if (uri == "urn:ihe:pharm:medication") return "pharm:";
    if (uri == "urn:dicom-org:ps3-20") return "ps3-20:";
    if (uri == "http://www.w3.org/2001/XMLSchema-instance") return "xsi:";
    if (uri == "http://www.w3.org/XML/1998/namespace") return "xml:";
    return nullptr;
}

namespace {
/// Prefixes in scope. A document declares a handful, nearly always at its root.
class scope {
public:
    explicit scope(pugi::xml_node above) {
        std::vector<pugi::xml_node> chain;
        for (auto n = above; n; n = n.parent()) chain.push_back(n);
        for (auto n = chain.rbegin(); n != chain.rend(); ++n) enter(*n);
    }
    /// @return how many declarations stood before, to be given to leave()
    std::size_t enter(pugi::xml_node n) {
        auto before = bound_.size();
        for (auto a : n.attributes()) {
            std::string_view name = a.name();
            if (name == "xmlns")
                bound_.push_back({"", prefix_of(a.value()), *a.value() == '\0'});
            else if (name.starts_with("xmlns:"))
                bound_.push_back({name.substr(6), prefix_of(a.value()), false});
        }
        return before;
    }
    void leave(std::size_t before) { bound_.resize(before); }
    struct binding {
        std::string_view prefix;
        char const* fixed;  ///< nullptr: a namespace that CDA does not use
        bool none;
    };
    [[nodiscard]] binding find(std::string_view prefix) const {
        if (prefix == "xml") return {prefix, "xml:", false};
        for (auto b = bound_.rbegin(); b != bound_.rend(); ++b)
            if (b->prefix == prefix) return *b;
        return {prefix, nullptr, true};
    }

private:
    std::vector<binding> bound_;
};

struct element_name {
    symbol name;
    bool foreign;
};
element_name name_in(scope const& in, names const& known, pugi::xml_node n) {
    std::string_view raw = n.name();
    auto colon = raw.find(':');
    auto [prefix, fixed, none] =
        in.find(colon == std::string_view::npos ? std::string_view{} : raw.substr(0, colon));
    if (fixed == nullptr) return {no_name, !none};
    auto local = colon == std::string_view::npos ? raw : raw.substr(colon + 1);
    if (*fixed == '\0') return {known.find(local), false};
    return {known.find(std::string(fixed).append(local)), true};
}

/// An attribute without a prefix is in no namespace; one in HL7's is none of CDA's.
symbol name_in(scope const& in, names const& known, std::string_view raw) {
    char buffer[64];
    auto colon = raw.find(':');
    std::string_view fixed;
    if (colon != std::string_view::npos) {
        auto found = in.find(raw.substr(0, colon)).fixed;
        if (found == nullptr || *found == '\0') return no_name;
        fixed = found;
        raw = raw.substr(colon + 1);
    }
    if (1 + fixed.size() + raw.size() > sizeof buffer) return no_name;
    buffer[0] = '@';
    fixed.copy(buffer + 1, fixed.size());
    raw.copy(buffer + 1 + fixed.size(), raw.size());
    return known.find({buffer, 1 + fixed.size() + raw.size()});
}
}  // namespace

tree::tree(pugi::xml_node root, names const& known) {
    elements_.reserve(1024);
    attributes_.reserve(2048);
    scope in(root.parent());
    struct open {
        std::uint32_t index;
        std::size_t scope_before;
    };
    std::vector<open> stack;
    auto xsi_type = known.find("@xsi:type");
    auto enter = [&](pugi::xml_node n) {
        auto before = in.enter(n);
        auto index = static_cast<std::uint32_t>(elements_.size());
        auto from = static_cast<std::uint32_t>(attributes_.size());
        for (auto a : n.attributes()) {
            std::string_view name = a.name(), value = a.value();
            if (name.starts_with("xmlns") && (name.size() == 5 || name[5] == ':')) continue;
            auto s = name_in(in, known, name);
            if (s == xsi_type && s != no_name) value = value.substr(value.find(':') + 1);
            attributes_.push_back({a, value, s});
        }
        auto [name, foreign] = name_in(in, known, n);
        elements_.push_back({n, stack.empty() ? 0U : stack.back().index, 0, from,
                             static_cast<std::uint32_t>(attributes_.size()), name, foreign});
        stack.push_back({index, before});
    };
    auto leave = [&] {
        elements_[stack.back().index].end = static_cast<std::uint32_t>(elements_.size());
        in.leave(stack.back().scope_before);
        stack.pop_back();
    };
    enter(root);
    auto at = root.first_child();
    for (;;) {
        if (at && at.type() == pugi::node_element) {
            enter(at);
            at = at.first_child();
        } else if (at) {
            at = at.next_sibling();
        } else {
            auto closed = elements_[stack.back().index].xml;
            leave();
            if (stack.empty()) return;
            at = closed.next_sibling();
        }
    }
}

std::uint32_t tree::child(std::uint32_t of, symbol name) const {
    for (auto i = of + 1; i < elements_[of].end; i = elements_[i].end)
        if (elements_[i].name == name) return i;
    return 0;
}

std::uint32_t tree::depth(std::uint32_t i) const {
    std::uint32_t out = 0;
    for (; i != 0; i = elements_[i].parent) ++out;
    return out;
}

std::string tree::name_of(std::uint32_t i) const {
    auto n = elements_[i].xml;
    auto local = std::string(xml::local(n));
    auto fixed = prefix_of(xml::namespace_of(n));
    return fixed == nullptr ? std::string(n.name()) : fixed + local;
}
}  // namespace cda
