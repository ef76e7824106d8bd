#include "gateway/sandbox/faults.hpp"

#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

namespace gateway::sandbox {
namespace json = boost::json;
namespace {
std::string text(json::object const& o, char const* key) {
    auto v = o.if_contains(key);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string{};
}
std::int64_t number(json::object const& o, char const* key, std::int64_t otherwise) {
    auto v = o.if_contains(key);
    return v != nullptr && v->is_int64() ? v->get_int64() : otherwise;
}

fault read(std::string const& peer, json::object const& o) {
    fault f;
    f.peer = peer;
    f.action = text(o, "action");
    f.at = text(o, peer == "dmp" ? "transaction" : "stage");
    if (f.at.empty()) f.at = peer == "dmp" ? "iti41" : "data";
    f.code = text(o, "code");
    f.text = text(o, "text");
    f.recipient = text(o, "recipient");
    f.number = static_cast<int>(number(o, peer == "dmp" ? "status" : "code", 0));
    f.seconds = static_cast<int>(number(o, "seconds", 0));
    f.left = number(o, "count", -1);
    return f;
}
}  // namespace

void faults::refresh() {
    if (file_.empty()) return;
    std::error_code missing;
    auto changed = std::filesystem::last_write_time(file_, missing);
    if (missing) {
        list_.clear();
        return;
    }
    if (changed == read_) return;
    read_ = changed;
    list_.clear();
    std::ifstream in(file_);
    std::ostringstream all;
    all << in.rdbuf();
    boost::system::error_code ec;
    auto v = json::parse(all.str(), ec);
    if (ec || !v.is_object()) {
        std::cerr << "sandbox: " << file_ << " is not a JSON object; no faults\n";
        return;
    }
    for (char const* peer : {"dmp", "smtp"}) {
        auto list = v.get_object().if_contains(peer);
        if (list == nullptr || !list->is_array()) continue;
        for (auto const& item : list->get_array())
            if (item.is_object()) list_.push_back(read(peer, item.get_object()));
    }
}

std::optional<fault> faults::next(std::string const& peer, std::string const& at,
                                  std::string const& recipient) {
    std::lock_guard lock(guard_);
    refresh();
    for (auto& f : list_) {
        if (f.peer != peer || f.at != at || f.left == 0) continue;
        if (!f.recipient.empty() && f.recipient != recipient) continue;
        if (f.left > 0) --f.left;
        return f;
    }
    return std::nullopt;
}
}  // namespace gateway::sandbox
