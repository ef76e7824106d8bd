#include "connectors/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "cda/ascii.hpp"
#include "cda/base64.hpp"

namespace smtp {
namespace {
using cda::ascii::upper;
constexpr std::size_t longest_path = 254;  // RFC 5321 §4.5.3.1.3: 256 with the brackets

std::string_view trim(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}
std::string_view take_word(std::string_view& text) {
    text = trim(text);
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
}

reply syntax(char const* what) { return {501, "5.5.4", {what}}; }

/// `<address>` at the start of `text`; what follows stays in `text`.
std::optional<std::string> take_path(std::string_view& text) {
    text = trim(text);
    if (text.empty() || text.front() != '<') return std::nullopt;
    bool quoted = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (quoted && c == '\\') {
            ++i;
            continue;
        }
        if (c == '"') quoted = !quoted;
        if (c != '>' || quoted) continue;
        auto path = text.substr(1, i - 1);
        auto rest = text.substr(i + 1);
        if (!rest.empty() && rest.front() != ' ') return std::nullopt;
        if (path.starts_with('@')) {  // a source route says nothing any more (RFC 5321 appendix C)
            auto colon = path.find(':');
            if (colon == std::string_view::npos) return std::nullopt;
            path.remove_prefix(colon + 1);
        }
        if (path.size() > longest_path) return std::nullopt;
        for (char d : path)
            if (static_cast<unsigned char>(d) < 33 || d == 127 || d == '<') return std::nullopt;
        text = rest;
        return std::string(path);
    }
    return std::nullopt;
}

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}
bool mailbox(std::string_view text) {
    auto at = text.rfind('@');
    return at != std::string_view::npos && at > 0 && at <= 64 && at + 1 < text.size();
}

struct parameter {
    std::string key;
    std::string_view value;
};
parameter take_parameter(std::string_view& text) {
    auto word = take_word(text);
    auto equals = word.find('=');
    if (equals == std::string_view::npos) return {upper(word), {}};
    return {upper(word.substr(0, equals)), word.substr(equals + 1)};
}

bool notify_is_sound(std::string_view list) {
    if (cda::ascii::equal(list, "NEVER")) return true;
    while (!list.empty()) {
        auto item = list.substr(0, list.find(','));
        if (!cda::ascii::equal(item, "SUCCESS") && !cda::ascii::equal(item, "FAILURE") &&
            !cda::ascii::equal(item, "DELAY"))
            return false;
        list.remove_prefix(std::min(list.size(), item.size() + 1));
    }
    return true;
}

template <class Number>
bool number(std::string_view text, Number& out) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

/// @return a reply when the parameter is wrong or not known.
std::optional<reply> apply(parameter const& p, mail_arguments& out) {
    if (p.key == "SIZE") {
        if (p.value.size() > 20 || !number(p.value, out.size))
            return syntax("SIZE is not a number");
    } else if (p.key == "BODY") {
        if (!cda::ascii::equal(p.value, "7BIT") && !cda::ascii::equal(p.value, "8BITMIME"))
            return syntax("BODY is 7BIT or 8BITMIME");
    } else if (p.key == "SMTPUTF8" && p.value.empty()) {
        out.smtputf8 = true;
    } else if (p.key == "RET") {
        if (!cda::ascii::equal(p.value, "FULL") && !cda::ascii::equal(p.value, "HDRS"))
            return syntax("RET is FULL or HDRS");
        out.ret = upper(p.value);
    } else if (p.key == "ENVID") {
        auto text = decode_xtext(p.value);
        if (!text || text->empty() || text->size() > 100) return syntax("ENVID is malformed");
        out.envid = *text;
    } else if (p.key == "AUTH") {
        // RFC 4954 §5: read and not used, the emitter stands for what it sends.
    } else {
        return reply{555, "5.5.4", {"parameter not known"}};
    }
    return std::nullopt;
}
}  // namespace

command parse_command(std::string_view line) {
    static constexpr std::array<std::pair<std::string_view, verb>, 14> verbs{
        {{"EHLO", verb::ehlo},
         {"HELO", verb::helo},
         {"MAIL", verb::mail},
         {"RCPT", verb::rcpt},
         {"DATA", verb::data},
         {"BDAT", verb::bdat},
         {"RSET", verb::rset},
         {"NOOP", verb::noop},
         {"QUIT", verb::quit},
         {"VRFY", verb::vrfy},
         {"EXPN", verb::expn},
         {"STARTTLS", verb::starttls},
         {"AUTH", verb::auth},
         {"HELP", verb::help}}};
    auto rest = line;
    auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    for (auto const& [name, what] : verbs)
        if (cda::ascii::equal(word, name)) return {what, trim(rest)};
    return {verb::unknown, {}};
}

std::variant<mail_arguments, reply> parse_mail(std::string_view text) {
    if (text.size() < 5 || !cda::ascii::equal(text.substr(0, 5), "FROM:"))
        return syntax("MAIL FROM:<address> is expected");
    text.remove_prefix(5);
    auto path = take_path(text);
    if (!path || (!path->empty() && !mailbox(*path))) return syntax("the sender is malformed");
    mail_arguments out;
    out.from = *path;
    std::set<std::string> seen;
    while (!trim(text).empty()) {
        auto p = take_parameter(text);
        if (!seen.insert(p.key).second) return syntax("a parameter stands twice");
        auto wrong = apply(p, out);
        if (wrong) return *wrong;
    }
    if (!out.smtputf8 && !ascii(out.from)) return reply{553, "5.6.7", {"SMTPUTF8 is needed"}};
    return out;
}

std::variant<recipient, reply> parse_rcpt(std::string_view text, bool smtputf8) {
    if (text.size() < 3 || !cda::ascii::equal(text.substr(0, 3), "TO:"))
        return syntax("RCPT TO:<address> is expected");
    text.remove_prefix(3);
    auto path = take_path(text);
    if (!path || !mailbox(*path)) return syntax("the recipient is malformed");
    recipient out{*path, {}, {}};
    std::set<std::string> seen;
    while (!trim(text).empty()) {
        auto p = take_parameter(text);
        if (!seen.insert(p.key).second) return syntax("a parameter stands twice");
        if (p.key == "NOTIFY") {
            if (p.value.empty() || !notify_is_sound(p.value)) return syntax("NOTIFY is malformed");
            out.notify = upper(p.value);
        } else if (p.key == "ORCPT") {
            if (p.value.empty() || p.value.size() > 500 || !decode_xtext(p.value))
                return syntax("ORCPT is malformed");
            out.orcpt = std::string(p.value);
        } else {
            return reply{555, "5.5.4", {"parameter not known"}};
        }
    }
    if (!smtputf8 && !ascii(out.address)) return reply{553, "5.6.7", {"SMTPUTF8 is needed"}};
    return out;
}

std::optional<bdat_arguments> parse_bdat(std::string_view text) {
    bdat_arguments out;
    if (!number(take_word(text), out.size)) return std::nullopt;
    auto last = take_word(text);
    if (!last.empty() && !cda::ascii::equal(last, "LAST")) return std::nullopt;
    out.last = !last.empty();
    if (!trim(text).empty()) return std::nullopt;
    return out;
}

std::optional<std::string> decode_xtext(std::string_view text) {
    auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+') {
            if (i + 2 >= text.size()) return std::nullopt;
            int high = digit(text[i + 1]), low = digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '=') {
            return std::nullopt;
        }
        if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126)
            return std::nullopt;
        out += c;
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text) { return cda::decode_base64(text); }
}  // namespace smtp
