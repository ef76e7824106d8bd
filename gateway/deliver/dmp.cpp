/// One deposit in the DMP. The ids of the lot and its signature are pinned before the first byte
/// leaves, so that a retry repeats the same lot; after an unknown outcome the entry is looked up
/// first (never two entries). Source: dmp digest 11.1 and 11.2; IHE ITI-41, ITI-18 GetDocuments.
#include <algorithm>

#include "cda/xds_signature.hpp"
#include "certs/digest.hpp"
#include "certs/xml_signature.hpp"
#include "connectors/dmp/iti41.hpp"
#include "gateway/clock.hpp"
#include "gateway/deliver/outcome.hpp"

namespace gateway {
namespace {
std::vector<cda::coded> masks(visibility const& v) {
    static constexpr char const* system = "1.2.250.1.213.1.1.4.13";
    std::vector<cda::coded> out;
    if (v.masked_to_professionals)
        out.push_back({"MASQUE_PS", system, "Masqué aux professionnels de santé"});
    if (v.hidden_from_patient)
        out.push_back({"INVISIBLE_PATIENT", system, "Non visible par le patient"});
    if (v.hidden_from_representatives)
        out.push_back({"INVISIBLE_REPRESENTANTS_LEGAUX", system,
                       "Non visible par les représentants légaux du patient"});
    return out;
}

std::string institution(config const& c) {
    return c.dmp.structure_name + "^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^" + c.dmp.structure_id;
}

class deposit_attempt {
public:
    deposit_attempt(config const& c, work const& w)
        : config_(c),
          work_(w),
          seal_(certs::identity::load_pem(c.dmp.seal_certificate, c.dmp.seal_key)) {}

    outcome run() {
        for (auto const& d : work_.documents) {
            auto read = cda::document::parse(d.bytes);
            auto document = std::get_if<cda::document>(&read);
            if (document == nullptr) return refused("a stored document can no longer be read");
            parsed_.push_back(std::move(*document));
        }
        endpoint_ = {config_.dmp.repository_url, config_.dmp.registry_url,
                     config_.dmp.certificate,    config_.dmp.key,
                     config_.dmp.trust,          std::chrono::seconds{10},
                     std::chrono::seconds{60}};
        if (work_.held.fixed.contains("sent")) {
            auto seen = all_present();
            if (seen.what == outcome::kind::delivered || !seen.peer.empty()) return seen;
        }
        std::string replaced_entry;
        auto const& replaces = parsed_.front().head().replaces;
        if (!replaces.empty()) {
            auto found = look_up(replaces);
            if (found.what != dmp::disposition::delivered) return from(found);
            if (found.object_refs.empty())
                return refused(
                    "XDSReplaceFailed: the document to replace is not in the DMP of this patient");
            replaced_entry = found.object_refs.front();
        }
        auto lot = build(replaced_entry);
        work_.held.fixed["sent"] = "1";
        // Pinned before sending: a crash after this line makes the next attempt look before it
        // sends. The lease last, because a slow store may take much of it for the pin.
        if (!work_.memory.pin(work_.held, work_.held.fixed) || !holds(work_)) return lease_lost();
        auto said = dmp::post(endpoint_, config_.dmp.repository_url,
                              dmp::make_iti41(lot, assertion(), config_.dmp.repository_url,
                                              "urn:uuid:" + certs::uuid()));
        if (said.code == "XDSDuplicateUniqueIdInRegistry") {
            // A look-up that failed says nothing yet; only "not there" makes the refusal final.
            auto seen = all_present();
            if (seen.what == outcome::kind::delivered || !seen.peer.empty()) return seen;
        }
        return from(said);
    }

private:
    static outcome refused(std::string const& why) {
        return {outcome::kind::failed, why, why, {}, false, {}};
    }

    std::string patient_cx() const {
        auto ins = cda::ins_of(parsed_.front().head().patient);
        return ins ? cda::ins_cx(ins->matricule, ins->root) : std::string{};
    }

    std::string assertion() const {
        dmp::vihf v;
        v.id = "_" + certs::uuid();
        v.issue_instant = iso8601(now());
        v.issuer = seal_.subject();
        v.authn_instant = iso8601(work_.about.received_at);
        v.version = config_.dmp.vihf_version;
        v.structure_id = config_.dmp.structure_id;
        v.sector = config_.dmp.sector;
        v.resource_id = patient_cx();
        v.lps_id = config_.dmp.lps_id;
        v.lps_name = config_.dmp.lps_name;
        v.lps_version = LIAISON_VERSION;
        if (!config_.dmp.lps_homologation_file.empty())
            v.lps_homologation =
                load_line(config_.dmp.lps_homologation_file, "dmp.lps_homologation_file");
        // The gateway acts as an automate of the structure: the profession behind the deposit is
        // not known to it.
        v.name_id = config_.dmp.structure_id + "/" + work_.about.emitter;
        v.subject_id = config_.dmp.lps_name;
        v.roles = {{"AUTOMATE", "1.2.250.1.213.1.1.4.6", "AUTOMATE"}};
        return dmp::make_assertion(v, seal_);
    }

    dmp::exchange look_up(std::string const& unique_id) const {
        auto request = dmp::make_get_documents(unique_id, assertion(), config_.dmp.registry_url,
                                               "urn:uuid:" + certs::uuid());
        return dmp::post(endpoint_, config_.dmp.registry_url, request);
    }

    /// delivered when every document is there; an empty `peer` says that some are not, so that the
    /// lot may be sent.
    outcome all_present() const {
        for (auto const& d : parsed_) {
            auto found = look_up(d.head().unique_id());
            if (found.what != dmp::disposition::delivered) return from(found);
            if (found.object_refs.empty()) return {outcome::kind::deferred, "", "", {}, false, {}};
        }
        receipt r{"dmp.response", now(), "Success: found in the registry after an earlier attempt"};
        return {outcome::kind::delivered, r.detail, "", {}, false, {r}};
    }

    dmp::deposit build(std::string const& replaced_entry) {
        dmp::deposit lot;
        std::vector<certs::lot_member> members;
        for (std::size_t i = 0; i < parsed_.size(); ++i) {
            auto const& bytes = work_.documents[i].bytes;
            cda::document_facts facts;
            facts.symbolic_id = "Document0" + std::to_string(i + 1);
            facts.sha1_hex = certs::sha1_hex(bytes);
            facts.size = bytes.size();
            facts.extra_confidentiality = masks(work_.about.asked.seen_by);
            auto entry = cda::derive_entry(parsed_[i], facts);
            if (i == 0) entry.replaces_entry = replaced_entry;
            lot.parts.push_back({facts.symbolic_id, bytes});
            members.push_back({entry.unique_id, bytes});
            lot.entries.push_back(std::move(entry));
        }
        auto& fixed = work_.held.fixed;
        if (!fixed.contains("signature"))
            fixed["signature"] = certs::sign_lot(fixed["signatureId"], fixed["lotId"], members,
                                                 iso8601(work_.about.received_at), seal_);
        signature_ = fixed["signature"];
        lot.set.submission_time = fixed["lotTime"];
        lot.set.title = parsed_.front().head().title;
        lot.set.author = lot.entries.front().authors.empty() ? cda::xds_author{}
                                                             : lot.entries.front().authors.front();
        lot.set.author.institution = institution(config_);
        lot.set.content_type = {config_.dmp.content_type_code, "1.2.250.1.213.2.2",
                                config_.dmp.content_type_name};
        lot.set.patient_id = patient_cx();
        lot.set.source_id = config_.dmp.source_id;
        lot.set.unique_id = fixed["lotId"];
        lot.signature = cda::signature_entry(lot.set, lot.entries.front(),
                                             {fixed["signatureId"], fixed["lotTime"],
                                              certs::sha1_hex(signature_), signature_.size()});
        lot.parts.push_back({lot.signature.id, signature_});
        return lot;
    }

    outcome from(dmp::exchange const& said) const {
        outcome out;
        out.peer = said.detail;
        out.not_before = said.retry_after;
        receipt r{"dmp.response", now(), (said.code.empty() ? "" : said.code + ": ") + said.detail};
        switch (said.what) {
            case dmp::disposition::delivered: out.what = outcome::kind::delivered; break;
            case dmp::disposition::permanent:
                out.what = outcome::kind::failed;
                out.reason = r.detail;
                break;
            case dmp::disposition::transient:
            case dmp::disposition::unknown:
            case dmp::disposition::operator_attention:
                // An operator mends certificates and configuration; nothing is lost meanwhile, the
                // queue keeps it.
                out.what = outcome::kind::deferred;
                if (said.what == dmp::disposition::unknown)
                    out.not_before = std::max(out.not_before, config_.dmp.lookup_wait);
                out.peer_in_trouble = said.http_status == 0 || said.http_status >= 500 ||
                                      said.what == dmp::disposition::operator_attention;
                break;
        }
        if (out.peer.empty()) out.peer = r.detail.empty() ? "no answer" : r.detail;
        if (said.http_status != 0) out.receipts.push_back(r);
        return out;
    }

    config const& config_;
    work const& work_;
    certs::identity seal_;
    dmp::endpoint_settings endpoint_;
    std::vector<cda::document> parsed_;
    std::string signature_;
};
}  // namespace

outcome deliver_to_dmp(config const& c, work const& w) { return deposit_attempt(c, w).run(); }
}  // namespace gateway
