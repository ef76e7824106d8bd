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
                bound_.push_back({"", prefix_of(a.value())});
            else if (name.starts_with("xmlns:"))
                bound_.push_back({name.substr(6), prefix_of(a.value())});
        }
        return before;
    }
    void leave(std::size_t before) { bound_.resize(before); }
    [[nodiscard]] char const* find(std::string_view prefix) const {
        for (auto b = bound_.rbegin(); b != bound_.rend(); ++b)
            if (b->prefix == prefix) return b->fixed;
        return nullptr;
    }

private:
    struct binding {
        std::string_view prefix;
        char const* fixed;  ///< nullptr: a namespace that CDA does not use
    };
    std::vector<binding> bound_;
};

symbol name_in(scope const& in, names const& known, pugi::xml_node n) {
    std::string_view raw = n.name();
    auto colon = raw.find(':');
    auto fixed =
        in.find(colon == std::string_view::npos ? std::string_view{} : raw.substr(0, colon));
    if (fixed == nullptr) return no_name;
    auto local = colon == std::string_view::npos ? raw : raw.substr(colon + 1);
    return *fixed == '\0' ? known.find(local) : known.find(std::string(fixed).append(local));
}
}  // namespace

tree::tree(pugi::xml_node root, names const& known) {
    scope in(root.parent());
    struct open {
        std::uint32_t index;
        std::size_t scope_before;
    };
    std::vector<open> stack;
    auto enter = [&](pugi::xml_node n) {
        auto before = in.enter(n);
        auto index = static_cast<std::uint32_t>(elements_.size());
        elements_.push_back({n, stack.empty() ? 0U : stack.back().index, 0, name_in(in, known, n)});
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

std::string_view xsi_type(pugi::xml_node n) {
    for (auto a : n.attributes()) {
        std::string_view name = a.name();
        if (!name.ends_with(":type") || name.starts_with("xmlns")) continue;
        std::string_view value = a.value();
        auto colon = value.find(':');
        return colon == std::string_view::npos ? value : value.substr(colon + 1);
    }
    return {};
}
}  // namespace cda
