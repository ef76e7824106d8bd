#include "connectors/smtp/session.hpp"

#include <algorithm>

#include "connectors/smtp/dot_reader.hpp"

namespace smtp {
namespace {
constexpr std::size_t command_bytes = 2048;
constexpr std::size_t auth_bytes = 12'288;  // RFC 4954 §4
constexpr std::size_t auth_attempts = 3;
constexpr std::chrono::milliseconds after_spoiled{2'000};

reply ok(char const* text) { return {250, "2.0.0", {text}}; }
reply out_of_order(char const* text) { return {503, "5.5.1", {text}}; }
reply bare_line_end() {
    return {550, "5.6.0", {"SMTP-01 bare CR or LF in the message: end every line with CRLF"}};
}
reply too_large(std::size_t most) {
    return {
        552, "5.3.4", {"SMTP-02 the message is larger than " + std::to_string(most) + " bytes"}};
}
reply nul_byte() {
    return {550, "5.6.0", {"SMTP-04 a NUL byte in the message: encode the attachment in base64"}};
}
reply long_line() {
    return {550, "5.6.0", {"SMTP-03 a line of the message is longer than 1000 bytes"}};
}

bool has_bare_line_end(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return true;
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    }
    return false;
}
}  // namespace

net::deadline session::patience() const {
    return net::after(known_ || !options_.require_auth ? options_.limits.idle
                                                       : options_.limits.stranger);
}

void session::meet() { known_ = owner_.known_peer(peer()); }

void session::forget() {
    mail_given_ = false;
    chunking_ = chunks_spoiled_ = false;
    chunks_.clear();
    chunks_.shrink_to_fit();
    envelope_ = {};
}

void session::strange(reply const& r) {
    channel_.put(r);
    ++errors_;
}

net::task<session::next> session::bye(reply r) {
    channel_.put(r);
    auto sent = co_await channel_.flush();
    (void)sent;  // leaving either way
    co_return next::leave;
}

net::task<void> session::run() {
    if (peer().tls) meet();
    channel_.put({220, "", {options_.host_name + " ESMTP Liaison"}});
    auto state = next::go_on;
    std::string line;
    while (state == next::go_on) {
        auto got = co_await channel_.read_line(line, command_bytes, patience());
        using status = line_channel::status;
        if (got == status::closed) break;
        if (got == status::timed_out) {
            reply late{421, "4.4.2", {"idle for too long"}};
            state = co_await bye(std::move(late));
        } else if (got == status::bare) {
            strange({500, "5.5.2", {"SMTP-01 lines end with CRLF"}});
        } else if (got == status::too_long) {
            strange({500, "5.5.6", {"line too long"}});
        } else {
            state = co_await step(line);
        }
        if (state == next::go_on && errors_ >= options_.limits.errors) {
            reply enough{421, "4.7.0", {"too many errors"}};
            state = co_await bye(std::move(enough));
        }
    }
    co_await channel_.close();
}

net::task<session::next> session::step(std::string line) {
    auto said = parse_command(line);
    switch (said.what) {
        case verb::ehlo:
        case verb::helo: greet(said); break;
        case verb::mail: mail(said); break;
        case verb::rcpt: rcpt(said); break;
        case verb::data: {
            auto then = co_await data();
            co_return then;
        }
        case verb::bdat: {
            auto then = co_await bdat(said);
            co_return then;
        }
        case verb::auth: {
            auto then = co_await auth(said);
            co_return then;
        }
        case verb::starttls: {
            auto then = co_await start_tls();
            co_return then;
        }
        case verb::rset:
            forget();
            channel_.put(ok("forgotten"));
            break;
        case verb::noop: channel_.put(ok("here")); break;
        case verb::vrfy: channel_.put({252, "2.5.0", {"send and see"}}); break;
        case verb::expn: strange({502, "5.5.1", {"not offered"}}); break;
        case verb::help: channel_.put({214, "2.0.0", {"see RFC 5321"}}); break;
        case verb::quit: {
            reply r{221, "2.0.0", {"bye"}};
            auto then = co_await bye(std::move(r));
            co_return then;
        }
        case verb::unknown: strange({500, "5.5.1", {"command not known"}}); break;
    }
    co_return next::go_on;
}

void session::greet(command const& said) {
    if (said.arguments.empty()) {
        strange({501, "5.5.4", {"a name is expected"}});
        return;
    }
    forget();
    greeted_ = true;
    reply r{250, "", {options_.host_name}};
    if (said.what == verb::ehlo) {
        r.lines.push_back("SIZE " + std::to_string(options_.limits.message_bytes));
        for (auto const* word :
             {"8BITMIME", "SMTPUTF8", "PIPELINING", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES"})
            r.lines.emplace_back(word);
        if (options_.starttls && !peer().tls) r.lines.emplace_back("STARTTLS");
        if (peer().tls && !known_) r.lines.emplace_back("AUTH PLAIN LOGIN");
    }
    channel_.put(r);
}

void session::mail(command const& said) {
    if (options_.require_tls && !peer().tls) {
        strange({530, "5.7.0", {"AUTH-01 STARTTLS first"}});
        return;
    }
    if (!greeted_ || mail_given_) {
        strange(out_of_order(greeted_ ? "one sender at a time" : "EHLO first"));
        return;
    }
    if (options_.require_auth && !known_) {
        strange(
            {530, "5.7.0", {"AUTH-01 not known: a certificate of an emitter, or AUTH, is needed"}});
        return;
    }
    auto read = parse_mail(said.arguments);
    if (auto wrong = std::get_if<reply>(&read)) {
        strange(*wrong);
        return;
    }
    auto& given = std::get<mail_arguments>(read);
    if (given.size > options_.limits.message_bytes) {
        channel_.put(too_large(options_.limits.message_bytes));
        return;
    }
    if (auto no = owner_.mail(given.from)) {
        strange(*no);
        return;
    }
    envelope_ = {given.from, given.ret, given.envid, given.smtputf8, {}};
    mail_given_ = true;
    channel_.put({250, "2.1.0", {"sender ok"}});
}

void session::rcpt(command const& said) {
    if (!mail_given_ || chunking_) {
        strange(out_of_order("MAIL first"));
        return;
    }
    auto read = parse_rcpt(said.arguments, envelope_.smtputf8);
    if (auto wrong = std::get_if<reply>(&read)) {
        strange(*wrong);
        return;
    }
    if (envelope_.to.size() >= options_.limits.recipients) {
        channel_.put({452, "4.5.3", {"too many recipients"}});
        return;
    }
    auto& given = std::get<recipient>(read);
    if (auto no = owner_.rcpt(given.address)) {
        strange(*no);
        return;
    }
    envelope_.to.push_back(std::move(given));
    channel_.put({250, "2.1.5", {"recipient ok"}});
}

net::task<void> session::deliver(std::string message) {
    auto e = std::move(envelope_);
    forget();
    auto said = co_await owner_.deliver(std::move(e), std::move(message));
    channel_.put(said);
}

net::task<session::next> session::data() {
    if (!mail_given_ || envelope_.to.empty() || chunking_) {
        strange(out_of_order(chunking_ ? "BDAT is under way" : "MAIL and RCPT first"));
        co_return next::go_on;
    }
    channel_.put({354, "", {"end with CRLF . CRLF"}});
    dot_reader reader(options_.limits.message_bytes, options_.limits.line_bytes);
    auto until = net::after(options_.limits.data);
    while (!reader.done()) {
        // Who breaks the line rule may be waiting for an end that only he sees.
        auto wait = reader.bare_line_end() ? std::min(until, net::after(after_spoiled)) : until;
        auto bytes = co_await channel_.peek(wait);
        if (bytes.empty()) {
            if (!channel_.late()) co_return next::leave;
            auto r = reader.bare_line_end() ? bare_line_end()
                                            : reply{421, "4.4.2", {"the message took too long"}};
            auto then = co_await bye(std::move(r));
            co_return then;
        }
        channel_.consume(reader.feed(bytes));
    }
    if (reader.bare_line_end()) {
        auto then = co_await bye(bare_line_end());
        co_return then;
    }
    if (reader.spoiled()) {
        channel_.put(reader.too_large()       ? too_large(options_.limits.message_bytes)
                     : reader.line_too_long() ? long_line()
                                              : nul_byte());
        forget();
        co_return next::go_on;
    }
    co_await deliver(reader.take());
    co_return next::go_on;
}

net::task<session::next> session::bdat(command const& said) {
    auto asked = parse_bdat(said.arguments);
    if (!asked) {
        // Without a size the next bytes cannot be told from commands.
        reply r{501, "5.5.4", {"BDAT size [LAST] is expected"}};
        auto then = co_await bye(std::move(r));
        co_return then;
    }
    bool in_order = mail_given_ && !envelope_.to.empty();
    bool keep = in_order && !chunks_spoiled_;
    auto until = net::after(options_.limits.data);
    chunking_ = in_order;
    for (auto left = asked->size; left > 0;) {
        auto bytes = co_await channel_.peek(until);
        if (bytes.empty()) co_return next::leave;
        auto piece =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
        if (keep && chunks_.size() + piece.size() > options_.limits.message_bytes) {
            keep = false;
            chunks_spoiled_ = true;
            chunks_.clear();
        }
        if (keep) chunks_ += piece;
        left -= piece.size();
        channel_.consume(piece.size());
    }
    if (!in_order) {
        strange(out_of_order("MAIL and RCPT first"));
        co_return next::go_on;
    }
    if (chunks_spoiled_) {
        channel_.put(too_large(options_.limits.message_bytes));
        if (asked->last) forget();
        co_return next::go_on;
    }
    if (!asked->last) {
        channel_.put(ok("chunk taken"));
        co_return next::go_on;
    }
    bool bare = has_bare_line_end(chunks_);
    if (bare || chunks_.find('\0') != std::string::npos) {
        channel_.put(bare ? bare_line_end() : nul_byte());
        forget();
        co_return next::go_on;
    }
    auto message = std::move(chunks_);
    co_await deliver(std::move(message));
    co_return next::go_on;
}

net::task<session::next> session::start_tls() {
    if (!options_.starttls || peer().tls) {
        strange(out_of_order("STARTTLS is not offered"));
        co_return next::go_on;
    }
    channel_.discard();  // RFC 3207 §4.2: plaintext must not slip into the sealed session
    channel_.put({220, "2.0.0", {"go ahead"}});
    auto done = co_await channel_.start_tls(net::after(std::chrono::seconds{10}));
    if (!done) co_return next::leave;
    forget();
    greeted_ = false;
    meet();
    co_return next::go_on;
}

net::task<std::optional<std::string>> session::ask(std::string_view prompt) {
    channel_.put({334, "", {std::string(prompt)}});
    std::string line;
    auto got = co_await channel_.read_line(line, auth_bytes, patience());
    if (got != line_channel::status::line || line == "*") co_return std::nullopt;
    co_return decode_base64(line);
}

net::task<session::next> session::auth(command const& said) {
    if (!greeted_ || !peer().tls || known_ || mail_given_) {
        strange(out_of_order(known_ ? "known already" : "AUTH comes after EHLO over TLS"));
        co_return next::go_on;
    }
    auto word = said.arguments.substr(0, said.arguments.find(' '));
    auto initial = said.arguments.substr(word.size());
    while (initial.starts_with(' ')) initial.remove_prefix(1);
    auto is = [&](std::string_view name) {
        return word.size() == name.size() &&
               std::equal(word.begin(), word.end(), name.begin(),
                          [](char a, char b) { return (a & ~0x20) == b; });
    };
    std::string user, password;
    if (is("PLAIN")) {
        std::optional<std::string> text;
        if (initial.empty()) {
            text = co_await ask("");
        } else {
            text = decode_base64(initial == "=" ? "" : initial);
        }
        auto first = text ? text->find('\0') : std::string::npos;
        auto second = first == std::string::npos ? first : text->find('\0', first + 1);
        if (second == std::string::npos) {
            strange({501, "5.5.2", {"AUTH was given up or is malformed"}});
            co_return next::go_on;
        }
        user = text->substr(first + 1, second - first - 1);
        password = text->substr(second + 1);
    } else if (is("LOGIN")) {
        std::optional<std::string> given;
        if (initial.empty()) {
            given = co_await ask("VXNlcm5hbWU6");
        } else {
            given = decode_base64(initial);
        }
        std::optional<std::string> secret;
        if (given) secret = co_await ask("UGFzc3dvcmQ6");
        if (!given || !secret) {
            strange({501, "5.5.2", {"AUTH was given up or is malformed"}});
            co_return next::go_on;
        }
        user = *given;
        password = *secret;
    } else {
        strange({504, "5.5.4", {"PLAIN and LOGIN are offered"}});
        co_return next::go_on;
    }
    auto right = co_await owner_.authenticate(std::move(user), std::move(password));
    if (right) {
        known_ = true;
        channel_.put({235, "2.7.0", {"welcome"}});
        co_return next::go_on;
    }
    reply no{535, "5.7.8", {"AUTH-01 user or password is wrong"}};
    if (++failed_auth_ >= auth_attempts) {
        auto then = co_await bye(std::move(no));
        co_return then;
    }
    strange(no);
    co_return next::go_on;
}

net::task<void> serve(std::unique_ptr<net::byte_stream> stream, std::unique_ptr<policy> owner,
                      server_options options) {
    session s(*stream, *owner, options);
    co_await s.run();
}
}  // namespace smtp
