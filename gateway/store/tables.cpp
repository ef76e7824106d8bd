#include "gateway/store/tables.hpp"

#include <stdexcept>

#include "certs/digest.hpp"

namespace gateway::sql {
namespace {
column text(char const* name) { return {column::kind::text, name}; }
column number(char const* name) { return {column::kind::number, name}; }

std::string names(table const& t, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : ",") + std::string(t.columns[i].name);
    return out;
}
std::string marks(std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += i == 0 ? "?" : ",?";
    return out;
}
void give(statement& s, value const& v) {
    if (auto n = std::get_if<std::int64_t>(&v))
        s.bind(*n);
    else
        s.bind(std::get<std::string>(v));
}
}  // namespace

std::vector<table> const& tables() {
    static std::vector<table> const all{
        {"submission",
         1,
         {text("id"), text("emitter"), text("channel"), number("received_at"),
          text("idempotency_key"), text("request_digest"), text("return_path"), text("body"),
          number("ended_at"), number("purged_at")}},
        {"document",
         2,
         {text("submission"),
          number("n"),
          text("unique_id"),
          text("set_id"),
          text("version"),
          text("type_code"),
          text("title"),
          text("sha256"),
          text("ins_status"),
          number("size"),
          {column::kind::content, "content"}}},
        {"delivery",
         1,
         {number("seq"), text("id"), text("submission"), text("kind"), text("address"),
          text("order_key"), text("state"), text("fixed"), text("reason"), number("next_at"),
          number("expires_at"), text("holder"), number("lease_until"), number("fence"),
          number("attempts")}},
        {"attempt",
         1,
         {number("rowid"), text("delivery"), number("at"), text("outcome"), text("peer")}},
        {"receipt",
         1,
         {number("rowid"), text("delivery"), text("kind"), number("at"), text("detail")}},
        {"notice",
         1,
         {text("delivery"), text("submission"), number("next_at"), number("attempts"),
          number("done")}},
        {"ledger",
         1,
         {number("seq"), number("at"), text("type"), text("actor"), text("fields"),
          text("previous"), text("hash")}},
        {"ledger_head", 1, {number("one"), number("seq"), text("hash"), text("seal")}}};
    return all;
}

table const& table_named(std::string_view name) {
    for (auto const& t : tables())
        if (t.name == name) return t;
    throw std::logic_error("no such table");
}

cursor::cursor(connection& db, table const& t) : db_(db), table_(t) {}

std::vector<row> cursor::page(std::size_t most) {
    auto const& columns = table_.columns;
    std::string wanted;
    for (auto const& c : columns)
        wanted += (wanted.empty() ? "" : ",") +
                  std::string(c.what == column::kind::content ? "''" : c.name);
    auto key = names(table_, table_.key);
    auto sql = "SELECT " + wanted + " FROM " + table_.name;
    if (!last_.empty()) sql += " WHERE (" + key + ")>(" + marks(table_.key) + ")";
    statement find(db_, sql + " ORDER BY " + key + " LIMIT ?");
    for (std::size_t i = 0; !last_.empty() && i < table_.key; ++i) give(find, last_[i]);
    find.bind(static_cast<std::int64_t>(most));
    std::vector<row> out;
    while (find.step()) {
        row r;
        for (auto const& c : columns) {
            if (c.what == column::kind::number)
                r.emplace_back(find.number());
            else
                r.emplace_back(find.text());
        }
        out.push_back(std::move(r));
    }
    if (!out.empty()) last_ = out.back();
    return out;
}

std::string cursor::content(row const& of) const {
    if (table_.columns.back().what != column::kind::content) return {};
    std::string where;
    for (std::size_t i = 0; i < table_.key; ++i)
        where += (i == 0 ? " WHERE " : " AND ") + std::string(table_.columns[i].name) + "=?";
    statement find(
        db_, "SELECT " + std::string(table_.columns.back().name) + " FROM " + table_.name + where);
    for (std::size_t i = 0; i < table_.key; ++i) give(find, of[i]);
    if (!find.step()) throw std::runtime_error("a row of the store vanished while it was read");
    return find.text();
}

void insert(connection& db, table const& t, row const& r, std::string_view content) {
    auto count = t.columns.size();
    statement put(db, "INSERT INTO " + std::string(t.name) + "(" + names(t, count) + ") VALUES(" +
                          marks(count) + ")");
    for (std::size_t i = 0; i < count; ++i) {
        if (t.columns[i].what == column::kind::content)
            put.blob(content);
        else
            give(put, r[i]);
    }
    put.run();
}

void table_digest::add(table const& t, row const& r, std::string_view content) {
    std::string all;
    for (std::size_t i = 0; i < r.size(); ++i) {
        auto n = std::get_if<std::int64_t>(&r[i]);
        auto piece = t.columns[i].what == column::kind::content ? certs::sha256(content)
                     : n != nullptr                             ? std::to_string(*n)
                                                                : std::get<std::string>(r[i]);
        all += std::to_string(piece.size()) + ":" + piece;
    }
    auto one = certs::sha256(all);
    unsigned carry = 0;
    for (std::size_t i = sum_.size(); i-- > 0;) {
        carry += sum_[i] + static_cast<unsigned>(static_cast<unsigned char>(one[i]));
        sum_[i] = static_cast<unsigned char>(carry & 0xFF);
        carry >>= 8;
    }
    ++rows_;
}

std::string table_digest::hex() const {
    return certs::hex({reinterpret_cast<char const*>(sum_.data()), sum_.size()});
}
}  // namespace gateway::sql
