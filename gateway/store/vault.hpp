/// Contents at rest: AES-256-GCM with a data key of their own, wrapped by the master key
/// (AES-256-GCM as well). The content's id is authenticated with it, so that one content cannot be
/// put in place of another. Source: NIST SP 800-38D.
#pragma once
#include <string>
#include <string_view>

#include "gateway/store/store.hpp"

namespace gateway {
/// The stored bytes are not those that were sealed, or the master key is another one.
class content_corrupt : public record_damaged {
    using record_damaged::record_damaged;
};
class vault {
public:
    /// @param master_key 32 bytes; anything else is a std::logic_error.
    explicit vault(std::string master_key);
    [[nodiscard]] std::string seal(std::string_view id, std::string_view clear) const;
    /// @throws content_corrupt
    [[nodiscard]] std::string open(std::string_view id, std::string_view sealed) const;
    /// Bytes of a sealed content that hold its data key.
    static constexpr std::size_t key_part = 60;
    /// The master key opens the data key. @param sealed  its first `key_part` bytes are enough
    [[nodiscard]] bool fits(std::string_view id, std::string_view sealed) const;

private:
    std::string master_;
};
}  // namespace gateway
