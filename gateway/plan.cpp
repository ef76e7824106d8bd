#include "gateway/plan.hpp"

#include <algorithm>
#include <set>

#include "cda/ascii.hpp"
#include "cda/xds.hpp"
#include "certs/digest.hpp"
#include "connectors/mssante/message_form.hpp"
#include "gateway/clock.hpp"

namespace gateway {
namespace {
using cda::ascii::lower;

class planner {
public:
    planner(config const& c, emitter_settings const& e, directives const& d, cda::verdict const& v,
            instant at)
        : config_(c), emitter_(e), asked_(d), verdict_(v), at_(at) {
        qualified_ = std::all_of(v.documents.begin(), v.documents.end(), [](auto const& doc) {
            return doc.status == cda::ins_status::qualified;
        });
        if (auto ins = cda::ins_of(v.parsed.front().head().patient); ins && qualified_)
            matricule_ = ins->matricule;
    }

    planned run() {
        if (asked_.op == operation::remove) refuse("SUB-06", "directives/operation");
        if (asked_.dmp) to_dmp();
        std::set<std::string> seen;
        for (auto const& address : asked_.recipients)
            if (seen.insert(lower(address)).second) to_mailbox(address);
        if (asked_.patient) to_patient(seen);
        if (out_.deliveries.empty() && out_.found.empty()) refuse("SUB-05", "directives");
        return std::move(out_);
    }

private:
    void refuse(char const* rule, std::string where) {
        out_.found.push_back(cda::catalogue::shipped().make(rule, std::move(where)));
    }
    bool routed(char const* destination) {
        for (auto const& doc : verdict_.documents) {
            std::string status = doc.status == cda::ins_status::qualified ? "qualified" : "absent";
            for (auto const& r : config_.routes) {
                auto fits = [](std::string const& want, std::string const& have) {
                    return want.empty() || want == have;
                };
                if (!fits(r.emitter, emitter_.name) || !fits(r.type_code, doc.type_code) ||
                    !fits(r.ins_status, status) || !fits(r.destination, destination))
                    continue;
                if (r.allow) break;
                refuse("ROUTE-01", std::string("directives/") + destination);
                return false;
            }
        }
        return true;
    }
    void add(destination_kind kind, std::string address) {
        new_delivery d;
        d.id = certs::uuid();
        d.kind = kind;
        d.order_key = verdict_.parsed.front().head().set() + "|" + std::string(name_of(kind)) +
                      "|" + lower(address);
        d.address = std::move(address);
        d.expires_at =
            at_ +
            std::chrono::duration_cast<std::chrono::milliseconds>(config_.retry.lifetime).count();
        if (kind == destination_kind::dmp) {
            d.fixed["lotId"] = fresh_oid();
            d.fixed["signatureId"] = fresh_oid();
            d.fixed["lotTime"] = xds_time(at_);
        } else {
            auto domain = emitter_.mailbox.substr(emitter_.mailbox.find('@') + 1);
            d.fixed["messageId"] = "<" + d.id + "@" + domain + ">";
            d.fixed["date"] = rfc5322_date(at_);
            d.fixed["setId"] = fresh_oid();
            d.fixed["setTime"] = xds_time(at_);
        }
        out_.deliveries.push_back(std::move(d));
    }
    void to_dmp() {
        if (!config_.dmp.enabled) return refuse("SUB-06", "directives/dmp");
        if (asked_.op != operation::create) return refuse("SUB-06", "directives/operation");
        auto before = out_.found.size();
        if (!qualified_) refuse("INS-10", "recordTarget/patientRole/id");
        if (asked_.seen_by.hidden_from_patient && asked_.seen_by.masked_to_professionals)
            refuse("DMP-02", "directives/visibility");
        for (auto const& doc : verdict_.parsed) {
            auto const& head = doc.head();
            if (!head.id.extension.empty()) refuse("DMP-01", "ClinicalDocument/id");
            auto const& level = head.confidentiality.code;
            if (config_.dmp.refuse_restricted && (level == "R" || level == "V"))
                refuse("DMP-03", "ClinicalDocument/confidentialityCode");
            cda::document_facts facts{"Document01", "", 0, {}};
            if (cda::derive_entry(doc, facts).class_code.code.empty())
                refuse("DMP-04", "ClinicalDocument/code");
        }
        if (!routed("dmp") || out_.found.size() != before) return;
        add(destination_kind::dmp, "");
    }
    bool sender_ok() {
        if (config_.mssante.enabled && mssante::valid_address(emitter_.mailbox) &&
            trusted(emitter_.mailbox))
            return true;
        refuse("MSS-004", "emitter");
        return false;
    }
    bool trusted(std::string const& address) const {
        auto domain = mssante::domain_of(address);
        auto const& list = config_.mssante.domains;
        return std::find(list.begin(), list.end(), domain) != list.end();
    }
    void to_mailbox(std::string const& address) {
        if (!mssante::valid_address(address)) return refuse("MSS-001", "directives/recipients");
        if (mssante::is_patient_address(address)) {
            if (matricule_.empty() || lower(address) != lower(matricule_ + "@patient.mssante.fr"))
                return refuse(qualified_ ? "MSS-012" : "INS-10", "directives/recipients");
            return patient_mail();
        }
        if (!sender_ok()) return;
        if (!trusted(address)) return refuse("MSS-002", "directives/recipients");
        if (asked_.seen_by.masked_to_professionals)
            return refuse("MSS-014", "directives/visibility");
        if (!qualified_ && !config_.mssante.unqualified_to_professionals)
            return refuse("MSS-016", "recordTarget/patientRole/id");
        if (!routed("mssante")) return;
        add(destination_kind::mssante, address);
    }
    void to_patient(std::set<std::string> const& seen) {
        if (matricule_.empty()) return refuse("INS-10", "recordTarget/patientRole/id");
        if (seen.contains(lower(matricule_ + "@patient.mssante.fr"))) return;
        patient_mail();
    }
    void patient_mail() {
        if (!sender_ok()) return;
        auto address = matricule_ + "@patient.mssante.fr";
        if (!trusted(address)) return refuse("MSS-002", "directives/recipients");
        if (asked_.seen_by.hidden_from_patient) return refuse("MSS-013", "directives/visibility");
        if (!routed("patient")) return;
        add(destination_kind::patient, address);
    }

    config const& config_;
    emitter_settings const& emitter_;
    directives const& asked_;
    cda::verdict const& verdict_;
    instant at_;
    bool qualified_{false};
    std::string matricule_;
    planned out_;
};
}  // namespace

planned plan(config const& c, emitter_settings const& e, directives const& d, cda::verdict const& v,
             instant at) {
    return planner(c, e, d, v, at).run();
}
}  // namespace gateway
