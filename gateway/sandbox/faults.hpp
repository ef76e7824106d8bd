/// Failures on demand, from a JSON file that is read again when it changes:
/// {"dmp":[{"action":"refuse|delay|drop_before|drop_after|fault|http|garbage","transaction":"iti41|iti18",
///          "code":"…","status":503,"seconds":2,"count":1}],
///  "smtp":[{"action":"reply|delay|drop_before|drop_after","stage":"mail|rcpt|data","code":451,
///           "text":"…","recipient":"…","seconds":2,"count":1}]}
/// `count` absent: always. The first entry that fits is used.
#pragma once
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gateway::sandbox {
struct fault {
    std::string peer;        ///< "dmp" | "smtp"
    std::string action, at;  ///< at: transaction or stage
    std::string code, text, recipient;
    int number{0};  ///< HTTP status or SMTP code
    int seconds{0};
    std::int64_t left{-1};  ///< -1: always
};
class faults {
public:
    explicit faults(std::string file) : file_(std::move(file)) {}
    /// The fault that applies now, used up by one. A file that cannot be read is an error of its
    /// author: it is told on stderr and counts as empty.
    [[nodiscard]] std::optional<fault> next(std::string const& peer, std::string const& at,
                                            std::string const& recipient = {});

private:
    void refresh();
    std::string file_;
    std::mutex guard_;
    std::filesystem::file_time_type read_{};
    std::vector<fault> list_;
};
/// Thrown through a session: the connection closes without an answer.
struct dropped {};
}  // namespace gateway::sandbox
