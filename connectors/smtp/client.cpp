#include "connectors/smtp/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <charconv>
#include <map>

#include "cda/ascii.hpp"
#include "connectors/net/tcp_stream.hpp"
#include "connectors/smtp/line_channel.hpp"

namespace smtp {
namespace {
constexpr std::size_t reply_line_bytes = 2048;
constexpr std::size_t reply_lines = 100;

/// Peers repeat mailbox names in their words; those of patients are personal data.
std::string without(std::string text, std::string const& address) {
    if (address.empty()) return text;
    auto same = [](char a, char b) { return cda::ascii::lower(a) == cda::ascii::lower(b); };
    for (auto from = text.begin();;) {
        auto at = std::search(from, text.end(), address.begin(), address.end(), same);
        if (at == text.end()) return text;
        auto offset = at - text.begin();
        text.replace(static_cast<std::size_t>(offset), address.size(), "(address)");
        from = text.begin() + offset + 9;
    }
}

bool safe(std::string const& address) {
    return std::all_of(address.begin(), address.end(), [](char c) {
        return static_cast<unsigned char>(c) > 32 && c != 127 && c != '<' && c != '>';
    });
}

std::string xtext(std::string const& plain) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (char c : plain) {
        auto u = static_cast<unsigned char>(c);
        if (u > 32 && u < 127 && c != '+' && c != '=') {
            out += c;
        } else {
            out += '+';
            out += digits[u >> 4];
            out += digits[u & 15];
        }
    }
    return out;
}

std::string stuffed(std::string_view message) {
    std::string out;
    out.reserve(message.size() + 64);
    bool start = true;
    for (char c : message) {
        if (start && c == '.') out += '.';
        out += c;
        start = c == '\n';
    }
    if (!message.ends_with("\r\n")) out += "\r\n";
    out += ".\r\n";
    return out;
}

class conversation {
public:
    conversation(client_options const& o, std::string const& from, std::string const& to,
                 std::string const& envid)
        : options_(o), from_(from), to_(to), envid_(envid) {}

    net::task<send_result> run(std::shared_ptr<SSL_CTX> tls, std::string_view message) {
        auto dialled =
            co_await net::dial(options_.host, options_.port, tls, net::after(options_.connect));
        if (!dialled) {
            said_.text = dialled.error().message();
            co_return said_;
        }
        stream_ = std::move(*dialled);
        channel_.emplace(*stream_, options_.data);
        auto done = co_await talk(message);
        if (done && said_.reached == phase::done) said_.accepted = true;
        if (said_.reached != phase::connect && said_.reached != phase::tls) {
            auto quit = co_await write("QUIT\r\n");
            if (quit) co_await stream_->close(net::after(std::chrono::milliseconds{500}));
        }
        said_.text = without(without(std::move(said_.text), to_), from_);
        co_return said_;
    }

private:
    net::task<bool> talk(std::string_view message) {
        if (options_.implicit_tls) {
            auto sealed = co_await seal();
            if (!sealed) co_return false;
        }
        said_.reached = phase::greeting;
        auto greeted = co_await expect(220, options_.command);
        if (!greeted) co_return false;
        auto hello = co_await ehlo();
        if (!hello) co_return false;
        if (!options_.implicit_tls) {
            if (!offers_.contains("STARTTLS")) {
                said_ = {0, "STARTTLS is not offered", phase::tls, false, true, 0};
                co_return false;
            }
            auto asked = co_await command("STARTTLS\r\n", 220, options_.command);
            if (!asked) co_return false;
            auto sealed = co_await seal();
            if (!sealed) co_return false;
            auto again = co_await ehlo();
            if (!again) co_return false;
        }
        if (said_.size_limit != 0 && message.size() > said_.size_limit) {
            said_.reached = phase::mail;
            said_.code = 552;
            said_.text = "5.3.4 the message is larger than the peer takes (" +
                         std::to_string(said_.size_limit) + " bytes)";
            co_return false;
        }
        auto sent = co_await hand_over(message);
        co_return sent;
    }

    net::task<bool> hand_over(std::string_view message) {
        said_.reached = phase::mail;
        auto mail = "MAIL FROM:<" + from_ + ">";
        if (offers_.contains("SIZE")) mail += " SIZE=" + std::to_string(message.size());
        bool dsn = offers_.contains("DSN");
        if (dsn && !envid_.empty()) mail += " RET=HDRS ENVID=" + xtext(envid_);
        mail += "\r\n";
        auto step = co_await command(mail, 250, options_.command);
        if (!step) co_return false;
        said_.reached = phase::rcpt;
        auto rcpt = "RCPT TO:<" + to_ + ">";
        if (dsn) rcpt += from_.empty() ? " NOTIFY=NEVER" : " NOTIFY=SUCCESS,FAILURE,DELAY";
        rcpt += "\r\n";
        step = co_await command(rcpt, 250, options_.command);
        if (!step) co_return false;
        said_.reached = phase::data;
        step = co_await command("DATA\r\n", 354, options_.command);
        if (!step) co_return false;
        auto content = stuffed(message);
        // From the first byte on, the peer may have taken the message without telling us.
        said_.reached = phase::after_data;
        said_.code = 0;
        said_.text = "no answer after the message";
        step = co_await write(content);
        if (!step) co_return false;
        step = co_await expect(250, options_.data);
        if (!step) co_return false;
        said_.reached = phase::done;
        co_return true;
    }

    net::task<bool> seal() {
        said_.reached = phase::tls;
        auto name = options_.verify_name.empty() ? options_.host : options_.verify_name;
        auto sealed = co_await stream_->start_tls_as_client(name, net::after(options_.connect));
        if (sealed) co_return true;
        said_.text = "TLS: " + sealed.error().message();
        said_.tls_failure = sealed.error().category() == boost::asio::error::get_ssl_category();
        co_return false;
    }

    net::task<bool> ehlo() {
        auto done = co_await command("EHLO " + options_.ehlo + "\r\n", 250, options_.command);
        if (!done) co_return false;
        offers_.clear();
        for (auto const& line : lines_) {
            auto space = line.find(' ');
            auto word = line.substr(0, space);
            std::transform(word.begin(), word.end(), word.begin(), [](char c) {
                return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            });
            offers_[word] = space == std::string::npos ? "" : line.substr(space + 1);
        }
        said_.size_limit = 0;
        auto size = offers_.find("SIZE");
        if (size != offers_.end()) {
            auto const& text = size->second;
            std::from_chars(text.data(), text.data() + text.size(), said_.size_limit);
        }
        co_return true;
    }

    net::task<bool> write(std::string_view bytes) {
        boost::asio::const_buffer b(bytes.data(), bytes.size());
        auto done = co_await stream_->write_all(b, net::after(options_.data));
        if (!done && said_.text.empty()) said_.text = done.error().message();
        co_return done.has_value();
    }

    net::task<bool> command(std::string line, int wanted, std::chrono::milliseconds patience) {
        said_.code = 0;
        said_.text.clear();
        auto sent = co_await write(line);
        if (!sent) co_return false;
        auto good = co_await expect(wanted, patience);
        co_return good;
    }

    /// Reads one reply; true when it is of the wanted kind (any 25x for 250).
    net::task<bool> expect(int wanted, std::chrono::milliseconds patience) {
        lines_.clear();
        auto until = net::after(patience);
        std::string line, text;
        int code = 0;
        for (;;) {
            auto got = co_await channel_->read_line(line, reply_line_bytes, until);
            if (got == line_channel::status::closed || got == line_channel::status::timed_out) {
                if (said_.text.empty())
                    said_.text = channel_->late() ? "no answer in time" : "connection closed";
                co_return false;
            }
            if (got == line_channel::status::bare && line.ends_with('\r')) line.pop_back();
            auto [end, error] = std::from_chars(
                line.data(), line.data() + std::min<std::size_t>(line.size(), 3), code);
            bool sound = got != line_channel::status::too_long && error == std::errc{} &&
                         end == line.data() + 3 && code >= 200 && code < 600 &&
                         lines_.size() < reply_lines;
            if (!sound) {
                said_.code = 0;
                said_.text = "the peer's reply is malformed";
                co_return false;
            }
            lines_.push_back(line.size() > 4 ? line.substr(4) : std::string{});
            if (line.size() < 4 || line[3] != '-') break;
        }
        for (auto const& l : lines_) text += (text.empty() ? "" : " ") + l;
        if (text.size() > 500) text.resize(500);
        said_.code = code;
        said_.text = text;
        co_return code == wanted || (wanted == 250 && code / 10 == 25);
    }

    client_options const& options_;
    std::string const& from_;
    std::string const& to_;
    std::string const& envid_;
    std::unique_ptr<net::tcp_stream> stream_;
    std::optional<line_channel> channel_;
    std::vector<std::string> lines_;
    std::map<std::string, std::string> offers_;
    send_result said_;
};
}  // namespace

send_result send(client_options const& o, std::shared_ptr<SSL_CTX> const& tls,
                 std::string const& from, std::string const& to, std::string const& envid,
                 std::string_view message) {
    if (!safe(from) || !safe(to))
        return {553, "5.1.3 the address is malformed", phase::mail, false, false, 0};
    conversation talk(o, from, to, envid);
    boost::asio::io_context io;
    send_result out;
    std::exception_ptr trouble;
    boost::asio::co_spawn(io, talk.run(tls, message), [&](std::exception_ptr e, send_result r) {
        trouble = std::move(e);
        out = std::move(r);
    });
    io.run();
    if (trouble) std::rethrow_exception(trouble);
    return out;
}
}  // namespace smtp
