/// The content of DATA, read byte by byte with no second reading possible: only CRLF ends a line,
/// only CRLF "." CRLF ends the content, and a leading dot is taken off. A bare CR or LF spoils the
/// message (SMTP smuggling). Source: RFC 5321 §2.3.8, §4.1.1.4, §4.5.2.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace smtp {
class dot_reader {
public:
    dot_reader(std::size_t most_bytes, std::size_t longest_line)
        : most_(most_bytes), longest_(longest_line) {}
    /// @return how many bytes were taken; fewer than given only when the end was met.
    std::size_t feed(std::string_view);
    [[nodiscard]] bool done() const { return done_; }
    [[nodiscard]] bool bare_line_end() const { return bare_; }
    [[nodiscard]] bool too_large() const { return large_; }
    [[nodiscard]] bool line_too_long() const { return long_; }
    [[nodiscard]] bool nul_byte() const { return nul_; }
    [[nodiscard]] bool spoiled() const { return bare_ || large_ || long_ || nul_; }
    /// The content with CRLF line ends; without meaning when spoiled.
    [[nodiscard]] std::string take() { return std::move(content_); }

private:
    enum class state { line_start, dot, dot_cr, text, cr };
    void keep(char);
    std::size_t most_, longest_, line_{0};
    state at_{state::line_start};
    bool done_{false}, bare_{false}, large_{false}, long_{false}, nul_{false};
    std::string content_;
};
}  // namespace smtp
