#include "cda/xds_compare.hpp"

#include <algorithm>

#include "cda/ins.hpp"
#include "cda/location.hpp"
#include "cda/xml.hpp"

namespace cda {
namespace {
bool same(coded const& a, coded const& b) {
    return a.code == b.code && a.code_system == b.code_system;
}
bool holds(std::vector<coded> const& all, coded const& one) {
    return std::any_of(all.begin(), all.end(), [&](auto const& c) { return same(c, one); });
}
/// Times in UTC agree as far as both are told; an older tool may have kept the offset of the
/// document.
bool same_time(std::string const& said, std::string const& meant) {
    auto utc = to_utc_dtm(said);
    if (utc.empty()) return false;
    auto n = std::min(utc.size(), meant.size());
    return n >= 8 && utc.substr(0, n) == meant.substr(0, n);
}
/// White space does not count in a title.
std::string squeezed(std::string const& s) {
    std::string out;
    for (char c : s) {
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}
/// The identifier of an XCN or XON: what must agree; names may be written in several ways.
std::string identifier(std::string const& value, std::size_t component) {
    std::size_t from = 0;
    for (; component > 0 && from != std::string::npos; --component) {
        from = value.find('^', from);
        if (from != std::string::npos) ++from;
    }
    return from == std::string::npos ? "" : value.substr(from, value.find('^', from) - from);
}

/// A CX names this patient: by the INS when the document has one, else by any id of the document.
/// What stands after the assigning authority (NH, PI …) does not tell persons apart.
bool names_patient(std::string const& cx, std::string const& meant, patient const& p) {
    auto fits = [&](std::string const& id) {
        return identifier(cx, 0) == identifier(id, 0) && identifier(cx, 3) == identifier(id, 3);
    };
    if (ins_of(p)) return fits(meant);
    return std::any_of(p.ids.begin(), p.ids.end(), [&](instance_id const& id) {
        return !id.extension.empty() && fits(id.extension + "^^^&" + id.root + "&ISO");
    });
}

class comparison {
public:
    comparison(document const& d, xds_entry const& said, catalogue const& texts)
        : doc_(d), said_(said), texts_(texts) {
        document_facts facts;
        facts.symbolic_id = said.id;
        facts.size = 0;
        meant_ = derive_entry(d, facts);
    }
    findings run() {
        identity();
        codes();
        times();
        people();
        return std::move(out_);
    }

private:
    void differ(char const* rule, char const* field, char const* element) {
        auto n = xml::child(doc_.root(), element);
        auto at = doc_.position_of(n ? n : doc_.root());
        auto f = texts_.make(rule, location(n ? n : doc_.root()), at.line, {field});
        f.column = at.column;
        out_.push_back(std::move(f));
    }
    void refuse_unless(bool ok, char const* field, char const* element) {
        if (!ok) differ("XDM-09", field, element);
    }
    void warn_unless(bool ok, char const* field, char const* element) {
        if (!ok) differ("XDM-10", field, element);
    }

    void identity() {
        refuse_unless(said_.unique_id == meant_.unique_id, "uniqueId", "id");
        refuse_unless(names_patient(said_.patient_id, meant_.patient_id, doc_.head().patient),
                      "patientId", "recordTarget");
        warn_unless(said_.source_patient_id.empty() ||
                        said_.source_patient_id == meant_.source_patient_id ||
                        said_.source_patient_id == meant_.patient_id,
                    "sourcePatientId", "recordTarget");
    }
    void codes() {
        refuse_unless(same(said_.type_code, meant_.type_code), "typeCode", "code");
        warn_unless(meant_.class_code.code.empty() || same(said_.class_code, meant_.class_code),
                    "classCode", "code");
        warn_unless(same(said_.format_code, meant_.format_code), "formatCode", "templateId");
        warn_unless(same(said_.facility_type, meant_.facility_type), "healthcareFacilityTypeCode",
                    "componentOf");
        warn_unless(same(said_.practice_setting, meant_.practice_setting), "practiceSettingCode",
                    "documentationOf");
        for (auto const& c : meant_.confidentiality)
            warn_unless(holds(said_.confidentiality, c), "confidentialityCode",
                        "confidentialityCode");
        for (auto const& e : said_.events)
            warn_unless(holds(meant_.events, e), "eventCodeList", "documentationOf");
        warn_unless(said_.language == meant_.language, "languageCode", "languageCode");
        warn_unless(said_.mime_type == meant_.mime_type, "mimeType", "typeId");
        warn_unless(squeezed(said_.title) == squeezed(meant_.title), "title", "title");
    }
    void times() {
        warn_unless(same_time(said_.creation_time, meant_.creation_time), "creationTime",
                    "effectiveTime");
        warn_unless(
            meant_.service_start.empty() || same_time(said_.service_start, meant_.service_start),
            "serviceStartTime", "documentationOf");
        warn_unless(
            said_.service_stop.empty() || same_time(said_.service_stop, meant_.service_stop),
            "serviceStopTime", "documentationOf");
    }
    void people() {
        warn_unless(
            identifier(said_.legal_authenticator, 0) == identifier(meant_.legal_authenticator, 0),
            "legalAuthenticator", "legalAuthenticator");
        auto known = [](xds_author const& a, std::vector<xds_author> const& among) {
            return std::any_of(among.begin(), among.end(), [&](auto const& b) {
                return identifier(a.person, 0) == identifier(b.person, 0);
            });
        };
        bool all = said_.authors.size() == meant_.authors.size();
        for (auto const& a : said_.authors) all = all && known(a, meant_.authors);
        warn_unless(all, "author", "author");
    }

    document const& doc_;
    xds_entry const& said_;
    catalogue const& texts_;
    xds_entry meant_;
    findings out_;
};
}  // namespace

findings compare_entry(document const& d, xds_entry const& said, catalogue const& texts) {
    return comparison(d, said, texts).run();
}
}  // namespace cda
