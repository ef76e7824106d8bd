#include "disk.hpp"

#include <algorithm>

namespace powercut {
namespace {
constexpr std::uint64_t sector = 512;
using chance = std::function<bool()>;

/// @param keeps  asked once for each sector of a write, once for a change of size.
void apply(std::string& bytes, change const& c, chance const& keeps) {
    if (c.what == change::kind::resize) {
        if (keeps()) bytes.resize(c.at);
        return;
    }
    auto end = c.at + c.bytes.size();
    for (auto from = c.at; from < end;) {
        auto to = std::min(end, (from / sector + 1) * sector);
        if (keeps()) {
            bytes.resize(std::max<std::size_t>(bytes.size(), to));
            bytes.replace(from, to - from, c.bytes, from - c.at, to - from);
        }
        from = to;
    }
}
bool always() { return true; }
std::string whole(file const& f) {
    auto bytes = f.durable;
    for (auto const& c : f.pending) apply(bytes, c, always);
    return bytes;
}
}  // namespace

void disk::found(std::string const& name, std::string bytes) {
    durable_[name] = now_[name] = std::make_shared<file>(file{std::move(bytes), {}});
}
file_ptr disk::find(std::string const& name) const {
    auto at = now_.find(name);
    return at == now_.end() ? nullptr : at->second;
}
void disk::change_names(step s) {
    for (auto const& [name, f] : s) {
        if (f)
            now_[name] = f;
        else
            now_.erase(name);
    }
    pending_.push_back(std::move(s));
}
file_ptr disk::create(std::string const& name) {
    auto made = std::make_shared<file>();
    change_names({{name, made}});
    return made;
}
void disk::remove(std::string const& name) { change_names({{name, nullptr}}); }
void disk::rename(std::string const& from, std::string const& to) {
    change_names({{from, nullptr}, {to, find(from)}});
}
void disk::sync(file& f) {
    for (auto const& c : f.pending) apply(f.durable, c, always);
    f.pending.clear();
}
void disk::sync_names() {
    durable_ = now_;
    pending_.clear();
}

image disk::now() const {
    image out;
    for (auto const& [name, f] : now_) out[name] = whole(*f);
    return out;
}

image disk::after_cut(std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    auto draw = [&](unsigned from) { return static_cast<unsigned>(random() % from); };
    auto reached = draw(5);  // quarters; 0 and 4 are the plain cases: all is lost, all is kept
    chance lives = [&] { return draw(4) < reached; };
    chance coin = [&] { return draw(2) == 0; };
    auto left = durable_;
    for (auto const& s : pending_)
        if (lives())
            for (auto const& [name, f] : s) left[name] = f;
    image out;
    for (auto const& [name, f] : left) {
        if (!f) continue;
        auto bytes = f->durable;
        for (auto const& c : f->pending) {
            bool torn = reached % 4 != 0 && draw(3) == 0;
            bool kept = lives();
            apply(bytes, c, torn ? coin : chance([kept] { return kept; }));
        }
        out[name] = std::move(bytes);
    }
    return out;
}
}  // namespace powercut
