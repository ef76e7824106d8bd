/// One mail to one MSSanté mailbox, through the operator's submission server over mutual TLS.
/// Message-ID, date and submission set are fixed at planning, so that a retry sends the same bytes.
/// Source: MSSanté référentiel #2 as in the rule catalogue (MSS-005 … MSS-020); RFC 5321, 3461,
/// 3464.
#include <algorithm>
#include <set>

#include "certs/digest.hpp"
#include "certs/tls_profile.hpp"
#include "connectors/mime/message.hpp"
#include "connectors/mssante/message_form.hpp"
#include "connectors/mssante/xdm.hpp"
#include "connectors/smtp/client.hpp"
#include "gateway/clock.hpp"
#include "gateway/deliver/outcome.hpp"

namespace gateway {
namespace {
smtp::client_options operator_of(config const& c) {
    smtp::client_options o;
    o.host = c.mssante.host;
    o.port = c.mssante.port;
    o.implicit_tls = c.mssante.implicit_tls;
    o.verify_name = c.mssante.verify_name;
    o.ehlo = c.host_name;
    return o;
}

outcome post(config const& c, std::string const& from, std::string const& to,
             std::string const& envid, std::string const& message) {
    auto tls =
        certs::client_context({c.mssante.certificate, c.mssante.key, c.mssante.trust, "", {}});
    auto said = smtp::send(operator_of(c), tls, from, to, envid, message);
    outcome out;
    out.peer = (said.code != 0 ? std::to_string(said.code) + " " : std::string{}) + said.text;
    receipt r{"smtp.reply", now(), out.peer};
    if (said.accepted) {
        out.what = outcome::kind::delivered;
        out.receipts.push_back(r);
    } else if (said.code >= 500 && said.reached >= smtp::phase::mail) {
        // Before MAIL a refusal is about us, not about this message: an operator mends that, and
        // nothing is lost meanwhile.
        out.what = outcome::kind::failed;
        out.reason = out.peer;
        out.receipts.push_back(r);
    } else {
        out.what = outcome::kind::deferred;
        out.peer_in_trouble = said.code == 0 || said.code == 421 || said.code >= 500;
        if (said.code != 0) out.receipts.push_back(r);
        if (out.peer.empty()) out.peer = "no answer";
    }
    return out;
}

/// A patient's mailbox is personal data: it never stands in texts for third parties.
std::string shown(delivery_view const& d) {
    if (d.kind == destination_kind::dmp) return "DMP";
    if (d.kind == destination_kind::patient) return "patient mailbox";
    return d.address;
}
/// The DMP explains its codes in words that may name a patient; a notice carries the code alone.
std::string told_reason(delivery_view const& d) {
    return d.kind == destination_kind::dmp ? d.reason.substr(0, d.reason.find(':')) : d.reason;
}
}  // namespace

outcome deliver_by_mssante(config const& c, work const& w) {
    // Trusted when planned is not enough: a domain may have left the trust space since.
    auto domain = mssante::domain_of(w.held.address);
    if (std::find(c.mssante.domains.begin(), c.mssante.domains.end(), domain) ==
        c.mssante.domains.end())
        return {outcome::kind::failed,
                "MSS-002",
                "MSS-002: the recipient's domain is no longer in the trust space",
                {},
                false,
                {}};
    bool to_patient = w.held.kind == destination_kind::patient;
    std::vector<cda::document> parsed;
    std::vector<cda::xds_entry> entries;
    std::vector<mssante::xdm_file> files;
    std::vector<cda::document const*> all;
    bool qualified = true;
    for (auto const& d : w.documents) {
        auto read = cda::document::parse(d.bytes);
        auto document = std::get_if<cda::document>(&read);
        if (document == nullptr)
            return {outcome::kind::failed,
                    "unreadable",
                    "a stored document can no longer be read",
                    {},
                    false,
                    {}};
        auto n = std::to_string(parsed.size() + 1);
        cda::document_facts facts;
        facts.symbolic_id = "Document0" + n;
        facts.sha1_hex = certs::sha1_hex(d.bytes);
        facts.size = d.bytes.size();
        auto entry = cda::derive_entry(*document, facts);
        entry.uri = "DOC" + std::string(5 - n.size(), '0') + n + ".XML";
        files.push_back({entry.uri, d.bytes});
        entries.push_back(std::move(entry));
        qualified = qualified && d.ins_status == "qualified";
        parsed.push_back(std::move(*document));
    }
    all.reserve(parsed.size());
    for (auto const& d : parsed) all.push_back(&d);

    auto fixed = [&](char const* key) {
        return w.held.fixed.contains(key) ? w.held.fixed.at(key) : std::string{};
    };
    cda::xds_submission_set set;
    set.submission_time = fixed("setTime");
    set.title = parsed.front().head().title;
    if (!entries.front().authors.empty()) set.author = entries.front().authors.front();
    set.content_type = {c.dmp.content_type_code, "1.2.250.1.213.2.2", c.dmp.content_type_name};
    set.patient_id = entries.front().patient_id;
    set.source_id = c.dmp.source_id;
    set.unique_id = fixed("setId");

    mime::outgoing mail;
    mail.from = w.about.sender_mailbox;
    mail.to = w.held.address;
    mail.subject = mssante::subject(all);
    mail.message_id = fixed("messageId");
    mail.date_rfc5322 = fixed("date");
    auto const& asked = w.about.asked;
    mail.body = to_patient ? asked.body_patient : asked.body_professional;
    if (mail.body.empty())
        mail.body = mssante::default_body(
            to_patient ? mssante::audience::patient : mssante::audience::professional, all);
    mail.headers = {{"X-MSS-NIL", c.mssante.nil},
                    {"X-MSS-CODECDA", mssante::cda_codes(all)},
                    {"X-MSS-INS", qualified ? "O" : "N"}};
    if (to_patient && !asked.patient_may_reply) mail.headers.emplace_back("X-MSS-MES", "FIN");
    if (asked.reading_receipt) mail.headers.emplace_back("Disposition-Notification-To", mail.from);
    mssante::sender_facts sender;
    sender.organization = c.dmp.structure_name.empty() ? mail.from : c.dmp.structure_name;
    sender.version = LIAISON_VERSION;
    mail.attachments.push_back(
        {"IHE_XDM.ZIP", "application/zip", mssante::make_xdm(sender, set, entries, files)});
    std::set<std::string> names;
    for (auto const& d : parsed) {
        auto name = mssante::pdf_name(d);
        // Two documents of one type, day and patient: the second copy must not hide the first.
        if (!names.insert(name).second)
            name.insert(name.size() - 4, "_" + std::to_string(names.size() + 1));
        names.insert(name);
        mail.attachments.push_back({name, "application/pdf", mssante::pdf_of(d)});
    }
    auto message = mime::compose(mail);
    if (!holds(w)) return lease_lost();
    return post(c, mail.from, mail.to, w.held.delivery, message);
}

outcome send_notice(config const& c, submission const& s, delivery_view const& failed) {
    auto at = now();
    auto domain = s.sender_mailbox.substr(s.sender_mailbox.find('@') + 1);
    mime::dsn d;
    d.from = "postmaster@" + domain;
    d.to = s.return_path;
    d.message_id = "<dsn-" + failed.id + "@" + domain + ">";
    d.date_rfc5322 = rfc5322_date(at);
    d.reporting_mta = c.host_name;
    d.original_envelope_id = s.envid;
    d.original_message_id = s.original_message_id;
    auto why = told_reason(failed);
    d.human_text = "La livraison " + failed.id + " de la remise " + s.id +
                   " a échoué.\nDestination : " + shown(failed) + "\nMotif : " + why +
                   "\n\nDelivery " + failed.id + " of submission " + s.id +
                   " failed.\nDestination: " + shown(failed) + "\nReason: " + why + "\n";
    auto told = failed.kind == destination_kind::dmp       ? c.dmp.address
                : failed.kind == destination_kind::patient ? "patient@patient.invalid"
                                                           : failed.address;
    d.recipients.push_back({told, "failed", "5.0.0", "smtp; " + why});
    return post(c, "", s.return_path, "", mime::compose_dsn(d));
}
}  // namespace gateway
