#include "gateway/sandbox/registry.hpp"

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "certs/digest.hpp"
#include "gateway/sandbox/put_file.hpp"

namespace gateway::sandbox {
namespace fs = std::filesystem;
namespace json = boost::json;
namespace {
json::object of(cda::coded const& c) {
    return {{"code", c.code}, {"codeSystem", c.code_system}, {"displayName", c.display_name}};
}
json::array of(std::vector<cda::coded> const& list) {
    json::array out;
    for (auto const& c : list) out.push_back(of(c));
    return out;
}
json::object of(cda::xds_entry const& e, std::string const& uuid) {
    json::array info, authors;
    for (auto const& i : e.source_patient_info) info.emplace_back(i);
    for (auto const& a : e.authors)
        authors.push_back(json::object{{"institution", a.institution},
                                       {"person", a.person},
                                       {"role", a.role},
                                       {"specialty", a.specialty}});
    return {{"entryUUID", uuid},
            {"uniqueId", e.unique_id},
            {"patientId", e.patient_id},
            {"sourcePatientId", e.source_patient_id},
            {"sourcePatientInfo", std::move(info)},
            {"mimeType", e.mime_type},
            {"creationTime", e.creation_time},
            {"languageCode", e.language},
            {"legalAuthenticator", e.legal_authenticator},
            {"serviceStartTime", e.service_start},
            {"serviceStopTime", e.service_stop},
            {"hash", e.hash},
            {"size", e.size},
            {"title", e.title},
            {"authors", std::move(authors)},
            {"classCode", of(e.class_code)},
            {"typeCode", of(e.type_code)},
            {"formatCode", of(e.format_code)},
            {"healthcareFacilityTypeCode", of(e.facility_type)},
            {"practiceSettingCode", of(e.practice_setting)},
            {"confidentialityCode", of(e.confidentiality)},
            {"eventCodeList", of(e.events)}};
}
}  // namespace

registry::registry(std::string dir) : dir_(std::move(dir)) {
    fs::create_directories(dir_);
    // A sandbox that is started again over the same folder still knows what it took.
    for (auto const& item : fs::directory_iterator(dir_)) {
        auto name = item.path().filename().string();
        if (name.starts_with(".")) continue;  // a deposit that was not finished
        std::ifstream in(item.path() / "metadata.json");
        if (!in) continue;
        std::ostringstream all;
        all << in.rdbuf();
        auto meta = json::parse(all.str()).as_object();
        last_ = std::max<std::size_t>(last_, std::stoul(name));
        lots_.insert(std::string(meta.at("submissionSet").at("uniqueId").as_string()));
        for (auto const& d : meta.at("documents").as_array()) {
            known_entry e{std::string(d.at("entryUUID").as_string()),
                          std::string(d.at("patientId").as_string()),
                          std::string(d.at("uniqueId").as_string()), true};
            entries_[e.unique_id] = e;
        }
        for (auto const& r : meta.at("replaces").as_array())
            for (auto& [id, e] : entries_)
                if (e.entry_uuid == r.as_string()) e.approved = false;
    }
}

std::optional<known_entry> registry::by_unique_id(std::string const& id) const {
    auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    return found->second;
}
std::optional<known_entry> registry::by_uuid(std::string const& uuid) const {
    for (auto const& [id, e] : entries_)
        if (e.entry_uuid == uuid) return e;
    return std::nullopt;
}
bool registry::knows_lot(std::string const& id) const { return lots_.contains(id); }
bool registry::first_use(std::string const& id) { return assertions_.insert(id).second; }

void registry::take(accepted_deposit const& d) {
    auto number = std::to_string(++last_);
    auto draft = dir_ + "/." + number;
    fs::remove_all(draft);
    fs::create_directories(draft);
    json::array documents, replaces;
    std::size_t at = 0;
    for (auto const& e : d.meta.entries) {
        if (e.class_code.code_system == "URN") {
            put_file(draft + "/signature.xml", d.signature);
            continue;
        }
        auto uuid = "urn:uuid:" + certs::uuid();
        documents.push_back(of(e, uuid));
        auto file =
            at == 0 ? std::string("document.xml") : "document-" + std::to_string(at + 1) + ".xml";
        put_file(std::string(draft).append("/").append(file), d.documents[at++]);
        entries_[e.unique_id] = {uuid, e.patient_id, e.unique_id, true};
    }
    for (auto const& a : d.meta.associations) {
        if (!a.type.ends_with(":RPLC")) continue;
        replaces.emplace_back(a.target);
        for (auto& [id, e] : entries_)
            if (e.entry_uuid == a.target) e.approved = false;
    }
    auto const& s = *d.meta.set;
    lots_.insert(s.unique_id);
    json::object vihf;
    for (auto const& [key, value] : d.vihf) vihf[key] = value;
    json::object meta{{"submissionSet",
                       {{"uniqueId", s.unique_id},
                        {"sourceId", s.source_id},
                        {"patientId", s.patient_id},
                        {"submissionTime", s.submission_time},
                        {"title", s.title},
                        {"contentTypeCode", of(s.content_type)},
                        {"authorInstitution", s.author.institution},
                        {"authorPerson", s.author.person}}},
                      {"documents", std::move(documents)},
                      {"replaces", std::move(replaces)},
                      {"vihf", std::move(vihf)}};
    put_file(draft + "/request.mime", d.request_body);
    put_file(draft + "/headers.txt", d.request_headers);
    put_file(draft + "/metadata.json", json::serialize(meta) + "\n");
    fs::rename(draft, dir_ + "/" + number);
}
}  // namespace gateway::sandbox
