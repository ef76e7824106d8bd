/// Value sets (jeux de valeurs, JDV): which codes an element may carry. Built by the caller, who
/// alone reads files; then only read. Source: IHE SVS (urn:ihe:iti:svs:2008), as the ANS publishes
/// them.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cda {
class value_set {
public:
    std::string oid, name, version;  ///< version: the publisher's date of last change, YYYYMMDD
    void add(std::string_view code, std::string_view system) {
        pairs_.insert(std::string(code).append(1, '\n').append(system));
        codes_.insert(std::string(code));
    }
    [[nodiscard]] bool holds(std::string_view code, std::string_view system) const {
        return pairs_.contains(std::string(code).append(1, '\n').append(system));
    }
    [[nodiscard]] bool holds_code(std::string_view code) const { return codes_.contains(code); }
    [[nodiscard]] std::size_t size() const { return pairs_.size(); }

private:
    std::set<std::string, std::less<>> pairs_, codes_;
};

class value_sets {
public:
    /// The sets shipped with the program (schemas/value_sets.txt): those of the header, of routing
    /// and counting.
    [[nodiscard]] static value_sets const& shipped();
    /// Adds or replaces one set from a file of the official format.
    /// @return what is wrong with the file in plain words, or nothing. A file that is wrong changes
    /// nothing.
    [[nodiscard]] std::optional<std::string> add_svs(std::string_view bytes);
    [[nodiscard]] value_set const* find(std::string_view oid) const {
        auto found = by_oid_.find(oid);
        return found == by_oid_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::map<std::string, value_set, std::less<>> const& all() const {
        return by_oid_;
    }

private:
    std::map<std::string, value_set, std::less<>> by_oid_;
};
}  // namespace cda
