/// Element names as small numbers, so that a document is walked without comparing text. A name is
/// written as the rules write it: HL7 V3 names bare, the four extension namespaces with a fixed
/// prefix (`sdtc:`, `lab:`, `pharm:`, `ps3-20:`), whatever prefix the document chose.
/// Attributes have a leading `@`: `@code`, `@xsi:type`.
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cda {
using symbol = std::uint16_t;
inline constexpr symbol no_name = 0;  ///< a name that no rule and no model knows

/// The fixed prefix of a namespace, with its colon; empty for HL7 V3; nullptr when it is none of
/// the five.
[[nodiscard]] char const* prefix_of(std::string_view namespace_uri);

class names {
public:
    names() = default;
    names(names const&) = delete;  // the map looks into the texts
    names& operator=(names const&) = delete;
    /// The symbol of a name, made when it is new. Not for use while documents are read.
    symbol intern(std::string_view name) {
        if (auto found = by_text_.find(name); found != by_text_.end()) return found->second;
        texts_.emplace_back(name);
        auto made = static_cast<symbol>(texts_.size());
        by_text_.emplace(texts_.back(), made);
        return made;
    }
    [[nodiscard]] symbol find(std::string_view name) const {
        auto found = by_text_.find(name);
        return found == by_text_.end() ? no_name : found->second;
    }
    [[nodiscard]] std::string_view text(symbol s) const {
        return s == no_name ? std::string_view("?") : std::string_view(texts_[s - 1U]);
    }

    [[nodiscard]] std::size_t size() const { return texts_.size(); }

private:
    std::deque<std::string> texts_;  ///< stable addresses: the map's keys look into them
    /// Names are short and many are asked for: both ends and the length tell them apart well
    /// enough.
    struct quick_hash {
        std::size_t operator()(std::string_view s) const noexcept {
            std::uint64_t head = 0, tail = 0;
            auto n = s.size() < 8 ? s.size() : 8;
            std::memcpy(&head, s.data(), n);
            std::memcpy(&tail, s.data() + s.size() - n, n);
            auto h = (head ^ (tail << 7) ^ s.size()) * 0x9E3779B97F4A7C15ULL;
            return h ^ (h >> 29);
        }
    };
    std::unordered_map<std::string_view, symbol, quick_hash> by_text_;
};
}  // namespace cda
