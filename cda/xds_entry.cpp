#include <algorithm>
#include <cstdint>

#include "cda/document_types.hpp"
#include "cda/ins.hpp"
#include "cda/lexical.hpp"
#include "cda/xds.hpp"

namespace cda {
namespace {
/// HL7 escapes of the delimiters, so that a name cannot forge a component.
std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) switch (c) {
            case '\\': out += "\\E\\"; break;
            case '^': out += "\\S\\"; break;
            case '&': out += "\\T\\"; break;
            case '~': out += "\\R\\"; break;
            case '|': out += "\\F\\"; break;
            default: out.push_back(c);
        }
    return out;
}

/// XCN of a professional, or of a device when one signs.
std::string xcn(professional const& p) {
    auto root = "&" + p.id.root + "&ISO";
    if (!p.device_software.empty() || !p.device_model.empty())
        return escaped(p.id.extension) + "^" + escaped(p.device_software) + "^" +
               escaped(p.device_model) + "^^^^^^" + root + "^U^^^RI";
    bool internal = p.id.extension.find('/') != std::string::npos;
    return escaped(p.id.extension) + "^" + escaped(p.name.family) + "^" + escaped(p.name.given) +
           "^^^^^^" + root + "^D^^^" + (internal ? "EI" : "IDNPS");
}

std::string xon(organization const& o) {
    if (o.name.empty() && o.id.extension.empty()) return {};
    if (o.id.extension.empty()) return escaped(o.name);
    return escaped(o.name) + "^^^^^&" + o.id.root + "&ISO^IDNST^^^" + escaped(o.id.extension);
}

/// National identifiers that are no IPP, whatever their place: every root of the INS family (INS-C,
/// the NIR as a social-security number, SI-SAMU) and the screening invitation number (digest 3.1,
/// PIT-33).
bool national(std::string const& root) {
    return root.starts_with("1.2.250.1.213.1.4.") || root == "1.2.250.1.161.1.20.1.2";
}

std::string local_id(patient const& p) {
    for (auto const& id : p.ids)
        if (!national(id.root) && !id.extension.empty())
            return escaped(id.extension) + "^^^&" + id.root + "&ISO^PI";
    return {};
}

std::vector<std::string> patient_info(patient const& p) {
    std::vector<std::string> out;
    if (!p.birth_family.empty())
        out.push_back("PID-5|" + escaped(p.birth_family) + "^" + escaped(p.birth_given_first) +
                      "^^^^^L");
    if (!p.used_family.empty())
        out.push_back("PID-5|" + escaped(p.used_family) + "^" + escaped(p.used_given) + "^^^^^D");
    if (!p.birth_time.empty()) out.push_back("PID-7|" + p.birth_time.substr(0, 8));
    if (!p.sex.empty()) out.push_back("PID-8|" + p.sex);
    return out;
}

std::string one_line(std::string const& text) {
    std::string out;
    for (char c : text) {
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    return out;
}

/// CXi of the orders, the accession numbers, and the studies of an imaging report
/// (digest 8.2, 8.4). A number without extension is its root; a study has no assigning authority.
std::vector<std::string> references_of(header const& h) {
    std::vector<std::string> out;
    auto add = [&](instance_id const& id, char const* type) {
        if (id.extension.empty()) return;
        out.push_back(escaped(id.extension) + "^^^&" + id.root + "&ISO^" + type);
    };
    for (auto const& order : h.orders) add(order, "urn:ihe:iti:xds:2013:order");
    for (auto const& a : h.accessions) add(a, "urn:ihe:iti:xds:2013:accession");
    bool imaging = class_of(h.code).value_or(coded{}).code == "31";
    for (auto const& act : h.acts)
        for (auto const& id : act.ids)
            if (imaging && !id.root.empty() && id.extension.empty())
                out.push_back(id.root + "^^^^urn:ihe:iti:xds:2016:studyInstanceUID");
    return out;
}

/// Days since 1970-01-01 of a civil date, and back (proleptic Gregorian calendar).
std::int64_t days_from(std::int64_t y, std::int64_t m, std::int64_t d) {
    y -= m <= 2;
    auto era = (y >= 0 ? y : y - 399) / 400;
    auto of_era = y - era * 400;
    auto of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}
std::string padded(std::int64_t n, std::size_t width) {
    auto text = std::to_string(n);
    return std::string(width - std::min(width, text.size()), '0') + text;
}
std::string civil(std::int64_t days) {
    days += 719468;
    auto era = (days >= 0 ? days : days - 146096) / 146097;
    auto of_era = days - era * 146097;
    auto year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    auto of_year = of_era - (365 * year + year / 4 - year / 100);
    auto mp = (5 * of_year + 2) / 153;
    auto month = mp < 10 ? mp + 3 : mp - 9;
    return padded(year + era * 400 + (month <= 2), 4) + padded(month, 2) +
           padded(of_year - (153 * mp + 2) / 5 + 1, 2);
}
}  // namespace

std::string ins_cx(std::string_view matricule, std::string_view oid) {
    return std::string(matricule) + "^^^&" + std::string(oid) + "&ISO^NH";
}

std::string to_utc_dtm(std::string_view time) {
    if (!lexical::timestamp(time)) return {};
    auto sign = time.find_first_of("+-");
    auto local = std::string(time.substr(0, std::min(sign, time.find('.'))));
    // The 24th hour is no hour of a DTM: it is the first of the next day.
    bool zone = sign != std::string_view::npos, ends = local.substr(0, 10).ends_with("24");
    if (local.size() < 10 || (!zone && !ends)) return local;
    auto number = [](std::string_view s) {
        std::int64_t n = 0;
        for (char c : s) n = n * 10 + (c - '0');
        return n;
    };
    auto offset = zone ? std::string(time.substr(sign + 1)) : std::string();
    offset.resize(4, '0');
    auto shift = number(offset.substr(0, 2)) * 60 + number(offset.substr(2));
    if (zone && time[sign] == '-') shift = -shift;
    auto minutes = local.size() >= 12 ? number(local.substr(10, 2)) : 0;
    auto total = days_from(number(local.substr(0, 4)), number(local.substr(4, 2)),
                           number(local.substr(6, 2))) *
                     1440 +
                 number(local.substr(8, 2)) * 60 + minutes - shift;
    auto day = total >= 0 ? total / 1440 : (total - 1439) / 1440;
    auto rest = total - day * 1440;
    return civil(day) + padded(rest / 60, 2) + padded(rest % 60, 2) +
           (local.size() >= 14 ? local.substr(12, 2) : "");
}

xds_entry derive_entry(document const& d, document_facts const& facts) {
    auto const& h = d.head();
    xds_entry e;
    e.id = facts.symbolic_id;
    e.mime_type = h.self_presenting ? "application/xslt+xml" : "text/xml";
    e.creation_time = to_utc_dtm(h.effective_time);
    e.language = h.language;
    e.legal_authenticator = xcn(h.legal_authenticator);
    if (!h.acts.empty()) {
        e.service_start = to_utc_dtm(h.acts.front().low);
        e.service_stop = to_utc_dtm(h.acts.front().high);
        e.practice_setting = h.acts.front().performer.org.industry;
    }
    auto number = ins_of(h.patient);
    auto local = local_id(h.patient);
    if (number)
        e.patient_id = ins_cx(number->matricule, number->root);
    else
        e.patient_id = local;
    e.source_patient_id = local.empty() ? e.patient_id : local;
    e.source_patient_info = patient_info(h.patient);
    e.hash = facts.sha1_hex;
    e.size = std::to_string(facts.size);
    e.title = one_line(h.title);
    for (auto const& a : h.authors) {
        auto const& s = a.specialty;
        e.authors.push_back({xon(a.org), xcn(a), escaped(a.function.display_name),
                             s.code.empty() ? ""
                                            : escaped(s.code) + "^" + escaped(s.display_name) +
                                                  "^" + s.code_system});
    }
    e.class_code = class_of(h.code).value_or(coded{});
    e.type_code = type_of(h.code);
    e.format_code = format_of(h);
    e.facility_type = h.facility;
    e.confidentiality.push_back(h.confidentiality);
    e.confidentiality.insert(e.confidentiality.end(), facts.extra_confidentiality.begin(),
                             facts.extra_confidentiality.end());
    for (auto const& act : h.acts)
        if (!act.code.code.empty()) e.events.push_back(act.code);
    e.reference_ids = references_of(h);
    e.unique_id = h.unique_id();
    return e;
}
}  // namespace cda
