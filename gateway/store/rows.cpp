#include "gateway/store/rows.hpp"

#include <boost/json.hpp>
#include <stdexcept>

namespace gateway::sql {
namespace json = boost::json;
namespace {
std::string text(json::object const& o, char const* key) {
    auto const& s = o.at(key).as_string();
    return {s.data(), s.size()};
}
json::object both(cda::text const& t) { return {{"fr", t.fr}, {"en", t.en}}; }
cda::text both(json::value const& v) {
    return {text(v.as_object(), "fr"), text(v.as_object(), "en")};
}
}  // namespace

std::string body_of(submission const& s) {
    auto const& a = s.asked;
    json::array recipients(a.recipients.begin(), a.recipients.end()), found;
    for (auto const& f : s.found)
        found.push_back(json::object{{"rule", f.rule},
                                     {"level", static_cast<int>(f.level)},
                                     {"location", f.location},
                                     {"line", f.line},
                                     {"column", f.column},
                                     {"pack", f.pack},
                                     {"note", both(f.note)},
                                     {"message", both(f.message)},
                                     {"remedy", both(f.remedy)}});
    return json::serialize(
        json::object{{"operation", static_cast<int>(a.op)},
                     {"dmp", a.dmp},
                     {"recipients", std::move(recipients)},
                     {"patient", a.patient},
                     {"masked", a.seen_by.masked_to_professionals},
                     {"hidden", a.seen_by.hidden_from_patient},
                     {"hiddenFromRepresentatives", a.seen_by.hidden_from_representatives},
                     {"deliveryReceipt", a.delivery_receipt},
                     {"readingReceipt", a.reading_receipt},
                     {"bodyProfessional", a.body_professional},
                     {"bodyPatient", a.body_patient},
                     {"mayReply", a.patient_may_reply},
                     {"envid", s.envid},
                     {"messageId", s.original_message_id},
                     {"mailbox", s.sender_mailbox},
                     {"findings", std::move(found)}});
}

namespace {
void read(json::value const& parsed, submission& s) {
    auto const& o = parsed.as_object();
    auto& a = s.asked;
    a.op = static_cast<operation>(o.at("operation").as_int64());
    a.dmp = o.at("dmp").as_bool();
    for (auto const& r : o.at("recipients").as_array())
        a.recipients.emplace_back(r.as_string().data(), r.as_string().size());
    a.patient = o.at("patient").as_bool();
    a.seen_by = {o.at("masked").as_bool(), o.at("hidden").as_bool(),
                 o.at("hiddenFromRepresentatives").as_bool()};
    a.delivery_receipt = o.at("deliveryReceipt").as_bool();
    a.reading_receipt = o.at("readingReceipt").as_bool();
    a.body_professional = text(o, "bodyProfessional");
    a.body_patient = text(o, "bodyPatient");
    a.patient_may_reply = o.at("mayReply").as_bool();
    s.envid = text(o, "envid");
    s.original_message_id = text(o, "messageId");
    s.sender_mailbox = text(o, "mailbox");
    for (auto const& item : o.at("findings").as_array()) {
        auto const& f = item.as_object();
        cda::finding one;
        one.rule = text(f, "rule");
        one.level = static_cast<cda::severity>(f.at("level").as_int64());
        one.location = text(f, "location");
        one.line = static_cast<int>(f.at("line").as_int64());
        one.message = both(f.at("message"));
        one.remedy = both(f.at("remedy"));
        // Rows written by an earlier version have no more than this.
        if (auto column = f.if_contains("column"))
            one.column = static_cast<int>(column->as_int64());
        if (f.contains("pack")) one.pack = text(f, "pack");
        if (auto note = f.if_contains("note")) one.note = both(*note);
        s.found.push_back(std::move(one));
    }
}
}  // namespace

bool read_body(std::string const& body, submission& s) {
    try {
        submission said;
        read(json::parse(body), said);
        s.asked = std::move(said.asked);
        s.envid = std::move(said.envid);
        s.original_message_id = std::move(said.original_message_id);
        s.sender_mailbox = std::move(said.sender_mailbox);
        s.found = std::move(said.found);
        return true;
    } catch (std::exception const&) {
        return false;  // not what body_of wrote
    }
}

std::string map_text(std::map<std::string, std::string> const& m) {
    json::object o;
    for (auto const& [key, value] : m) o[key] = value;
    return json::serialize(o);
}
std::map<std::string, std::string> read_map(std::string const& text_) {
    std::map<std::string, std::string> out;
    try {
        auto parsed = json::parse(text_);
        for (auto const& item : parsed.as_object())
            out[std::string(item.key())] = std::string(item.value().as_string());
    } catch (std::exception const&) {
        throw record_damaged("the fixed values of the delivery cannot be read");
    }
    return out;
}

destination_kind kind_named(std::string_view name) {
    for (auto k : {destination_kind::dmp, destination_kind::mssante, destination_kind::patient,
                   destination_kind::his})
        if (name_of(k) == name) return k;
    throw record_damaged("the kind of the destination cannot be read");
}
delivery_state state_named(std::string_view name) {
    for (auto s : {delivery_state::queued, delivery_state::leased, delivery_state::deferred,
                   delivery_state::delivered, delivery_state::failed, delivery_state::cancelled})
        if (name_of(s) == name) return s;
    throw record_damaged("the state of the delivery cannot be read");
}
}  // namespace gateway::sql
