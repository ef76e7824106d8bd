#include "gateway/intake/smtp.hpp"

#include <algorithm>

#include "cda/ascii.hpp"
#include "connectors/mssante/message_form.hpp"
#include "connectors/net/offload.hpp"
#include "gateway/intake/decode.hpp"

namespace gateway {
namespace {
using cda::ascii::lower;

/// 5xx with the rule and its words, one line per error. English: replies are ASCII (RFC 5321 §4.2).
smtp::reply refusal(cda::findings const& found) {
    smtp::reply r{550, "5.6.0", {}};
    for (auto const& f : found) {
        if (f.level != cda::severity::error) continue;
        if (r.lines.size() == 10) break;
        auto line = f.rule + " " + f.message.en +
                    (f.location.empty() ? "" : " [" + f.location + "]") + " Remedy: " + f.remedy.en;
        for (auto& c : line)
            if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
        if (line.size() > 450) line.resize(450);
        r.lines.push_back(std::move(line));
    }
    return r;
}

/// RFC 3463 X.3.1: the system is full, and will not be for ever.
smtp::reply short_of(std::string_view what) {
    return {452, "4.3.1", {"short of " + std::string(what) + ", try again later"}};
}

smtp::reply to_reply(answer const& said) {
    switch (said.what) {
        case answer::kind::accepted: return {250, "2.6.0", {"accepted id=" + said.id}};
        case answer::kind::repeated: return {250, "2.6.0", {"already accepted id=" + said.id}};
        case answer::kind::unavailable:
            return said.shortage.empty()
                       ? smtp::reply{451, "4.3.0", {"cannot keep a promise now, try again later"}}
                       : short_of(said.shortage);
        case answer::kind::checked:
        case answer::kind::conflict:
        case answer::kind::refused: break;
    }
    return refusal(said.found);
}

class door final : public smtp::policy {
public:
    explicit door(runtime& r) : runtime_(r), in_force_(r.now_in_force()) {}

    bool known_peer(net::peer const& peer) override {
        emitter_ = runtime::by_certificate(*in_force_, peer);
        return emitter_ != nullptr;
    }
    net::task<bool> authenticate(std::string user, std::string password) override {
        auto job = [this, u = std::move(user), p = std::move(password)] {
            return runtime::by_password(*in_force_, u, p);
        };
        emitter_ = co_await net::offload(runtime_.cpu, std::move(job));
        co_return emitter_ != nullptr;
    }
    std::optional<smtp::reply> mail(std::string const& from) override {
        if (emitter_ == nullptr)
            return smtp::reply{530, "5.7.0", {"AUTH-01 authentication required"}};
        if (runtime_.closing) return smtp::reply{421, "4.3.2", {"closing, try again later"}};
        if (auto what = runtime_.shortages.closed(); !what.empty()) {
            ++runtime_.intake.counters.unavailable;
            return short_of(what);
        }
        // The null sender (RFC 5321 §4.5.5) claims to be nobody; what leaves bears the emitter's
        // mailbox in any case.
        if (from.empty()) return std::nullopt;
        auto const& allowed = emitter_->senders;
        if (std::none_of(allowed.begin(), allowed.end(),
                         [&](auto const& a) { return lower(a) == lower(from); }))
            return smtp::reply{
                550, "5.7.1", {"MSS-004 this sender address does not belong to the emitter"}};
        return std::nullopt;
    }
    std::optional<smtp::reply> rcpt(std::string const& to) override {
        auto const& c = in_force_->settings;
        if (lower(to) == lower(c.dmp.address)) {
            if (c.dmp.enabled) return std::nullopt;
            return smtp::reply{550, "5.1.2", {"SUB-06 the DMP is not enabled on this gateway"}};
        }
        if (!mssante::valid_address(to))
            return smtp::reply{553, "5.1.3", {"MSS-001 not a valid MSSante address"}};
        auto domain = mssante::domain_of(to);
        auto const& list = c.mssante.domains;
        if (std::find(list.begin(), list.end(), domain) == list.end())
            return smtp::reply{
                550, "5.7.1", {"MSS-002 the domain is outside the MSSante trust space"}};
        return std::nullopt;
    }
    net::task<smtp::reply> deliver(smtp::envelope envelope, std::string message) override {
        auto job = [this, e = std::move(envelope), m = std::move(message)] { return take(e, m); };
        auto said = co_await net::offload(runtime_.cpu, std::move(job));
        co_return said;
    }

private:
    smtp::reply take(smtp::envelope const& envelope, std::string const& message) {
        auto const& c = in_force_->settings;
        auto read = decode_mail(message);
        if (auto bad = std::get_if<cda::findings>(&read))
            return to_reply(runtime_.intake.refuse(emitter_->name, "smtp", std::move(*bad)));
        auto& content = std::get<decoded>(read);
        handover h;
        h.channel = "smtp";
        h.documents = std::move(content.documents);
        h.said = std::move(content.said);
        h.return_path = envelope.from;
        h.envid = envelope.envid;
        h.original_message_id = content.message_id;
        h.asked.body_professional = content.text;
        h.asked.body_patient = content.text;
        for (auto const& to : envelope.to) {
            if (lower(to.address) == lower(c.dmp.address))
                h.asked.dmp = true;
            else
                h.asked.recipients.push_back(to.address);
        }
        std::shared_ptr<config const> settings(in_force_, &in_force_->settings);
        auto said =
            runtime_.intake.accept(settings, *emitter_, std::move(h), pipeline::mode::commit);
        if (said.what == answer::kind::accepted) runtime_.outbound.wake();
        return to_reply(said);
    }

    runtime& runtime_;
    std::shared_ptr<snapshot const>
        in_force_;  ///< of this session, so that a reload never mixes two sets
    emitter_settings const* emitter_{nullptr};
};
}  // namespace

net::session smtp_session(runtime& r, smtp_port port) {
    return [&r, port](std::unique_ptr<net::byte_stream> peer) -> net::task<void> {
        auto s = r.now_in_force();
        smtp::server_options o;
        o.host_name = s->settings.host_name;
        o.starttls = port == smtp_port::starttls;
        o.limits.message_bytes = s->settings.smtp.max_message_bytes;
        o.limits.recipients = s->settings.smtp.max_recipients;
        return smtp::serve(std::move(peer), std::make_unique<door>(r), o);
    };
}
}  // namespace gateway
