/// One SMTP session: the state machine between line reader, policy and replies.
#pragma once
#include "connectors/smtp/command.hpp"
#include "connectors/smtp/line_channel.hpp"

namespace smtp {
class session {
public:
    session(net::byte_stream& stream, policy& owner, server_options const& options)
        : channel_(stream, options.limits.write), owner_(owner), options_(options) {}
    [[nodiscard]] net::task<void> run();

private:
    enum class next { go_on, leave };
    net::task<next> step(std::string line);
    void greet(command const&);
    void mail(command const&);
    void rcpt(command const&);
    net::task<next> data();
    net::task<next> bdat(command const&);
    net::task<next> auth(command const&);
    net::task<next> start_tls();
    net::task<std::optional<std::string>> ask(std::string_view prompt);
    net::task<void> deliver(std::string message);
    net::task<next> bye(reply);
    void strange(reply const&);  ///< counts as an error of the peer
    void forget();
    void meet();
    [[nodiscard]] net::deadline patience() const;
    [[nodiscard]] net::peer const& peer() const { return channel_.who(); }

    line_channel channel_;
    policy& owner_;
    server_options const& options_;
    bool greeted_{false}, known_{false}, mail_given_{false};
    bool chunking_{false}, chunks_spoiled_{false};
    std::string chunks_;
    std::size_t errors_{0}, failed_auth_{0};
    envelope envelope_;
};
}  // namespace smtp
