#include "gateway/directives.hpp"

#include <boost/json.hpp>
#include <set>

namespace gateway {
namespace json = boost::json;
namespace {
struct wrong {
    std::string where;
};
/// Reads the keys of one object; what nobody asked for is wrong.
class reader {
public:
    reader(json::value const& v, std::string path) : path_(std::move(path)) {
        if (!v.is_object()) throw wrong{path_};
        object_ = &v.get_object();
    }
    void get(char const* key, bool& out) {
        if (auto v = find(key)) {
            if (!v->is_bool()) throw wrong{path_ + key};
            out = v->get_bool();
        }
    }
    void get(char const* key, std::string& out) {
        if (auto v = find(key)) {
            if (!v->is_string()) throw wrong{path_ + key};
            out.assign(v->get_string().data(), v->get_string().size());
        }
    }
    json::value const* find(char const* key) {
        known_.insert(key);
        return object_->if_contains(key);
    }
    void done() const {
        for (auto const& item : *object_)
            if (!known_.contains(std::string(item.key()))) throw wrong{path_ + "(unknown key)"};
    }

private:
    std::string path_;
    json::object const* object_;
    std::set<std::string> known_;
};

directives read(json::value const& v) {
    directives d;
    reader r(v, "directives/");
    std::string op = "create";
    r.get("operation", op);
    if (op == "replace")
        d.op = operation::replace;
    else if (op == "delete")
        d.op = operation::remove;
    else if (op != "create")
        throw wrong{"directives/operation"};
    r.get("dmp", d.dmp);
    r.get("patient", d.patient);
    r.get("patientMayReply", d.patient_may_reply);
    if (auto list = r.find("recipients")) {
        if (!list->is_array()) throw wrong{"directives/recipients"};
        for (auto const& item : list->get_array()) {
            if (!item.is_string()) throw wrong{"directives/recipients"};
            d.recipients.emplace_back(item.get_string().data(), item.get_string().size());
        }
    }
    if (auto node = r.find("visibility")) {
        reader s(*node, "directives/visibility/");
        s.get("maskedToProfessionals", d.seen_by.masked_to_professionals);
        s.get("hiddenFromPatient", d.seen_by.hidden_from_patient);
        s.get("hiddenFromRepresentatives", d.seen_by.hidden_from_representatives);
        s.done();
    }
    if (auto node = r.find("receipts")) {
        reader s(*node, "directives/receipts/");
        s.get("delivery", d.delivery_receipt);
        s.get("reading", d.reading_receipt);
        s.done();
    }
    if (auto node = r.find("body")) {
        reader s(*node, "directives/body/");
        s.get("professional", d.body_professional);
        s.get("patient", d.body_patient);
        s.done();
    }
    r.done();
    return d;
}
}  // namespace

std::variant<directives, cda::findings> parse_directives(std::string_view text) {
    boost::system::error_code ec;
    json::parse_options strict;
    strict.max_depth = 8;
    auto v = json::parse(json::string_view(text.data(), text.size()), ec, {}, strict);
    try {
        if (ec) throw wrong{"directives"};
        return read(v);
    } catch (wrong const& w) {
        return cda::findings{cda::catalogue::shipped().make("SUB-04", w.where)};
    }
}

std::variant<directives, cda::findings> parse_directives(
    std::multimap<std::string, std::string> const& query) {
    json::object all;
    std::set<std::string> seen;
    for (auto const& [key, value] : query) {
        if (key == "recipients") {
            if (!all.contains(key)) all[key] = json::array{};
            all[key].as_array().emplace_back(value);
            continue;
        }
        if (!seen.insert(key).second)
            return cda::findings{cda::catalogue::shipped().make("SUB-04", "directives/" + key)};
        json::value typed = value == "true"    ? json::value(true)
                            : value == "false" ? json::value(false)
                                               : json::value(value);
        auto dot = key.find('.');
        if (dot == std::string::npos) {
            all[key] = std::move(typed);
            continue;
        }
        auto& group = all[key.substr(0, dot)];
        if (!group.is_object()) group = json::object{};
        group.as_object()[key.substr(dot + 1)] = std::move(typed);
    }
    return parse_directives(json::serialize(all));
}
}  // namespace gateway
