#include "gateway/store/transfer.hpp"

#include "gateway/store/schema.hpp"
#include "gateway/store/unfinished.hpp"
#include "gateway/store/utf8.hpp"

namespace gateway {
namespace {
constexpr std::size_t most_rows = 500, most_bytes = 8U << 20;

bool empty(sql::connection& db) {
    for (auto const& t : sql::tables()) {
        sql::statement any(db, "SELECT CAST(1 AS BIGINT) FROM " + std::string(t.name) + " LIMIT 1");
        if (any.step()) return false;
    }
    return true;
}
}  // namespace

std::unique_ptr<sql::connection> open_source(engine const& e, sql::access a) {
    auto db = e.alone(a);
    if (e.version(*db) != static_cast<std::int64_t>(sql::shipped_migrations.size()))
        throw transfer_refused(
            {"le stockage d'origine est d'une autre version de Liaison, ou vide : amenez-le "
             "d'abord à celle-ci (liaison store migrate)",
             "the source store is of another version of Liaison, or empty: take it to this one "
             "first (liaison store migrate)"});
    if (sql::unfinished(*db))
        throw transfer_refused(
            {"le stockage d'origine est le reste d'une copie interrompue : il n'est pas complet",
             "the source store is what an interrupted copy left: it is not whole"});
    return db;
}

filling::filling(engine const& e) : db_(e.alone(sql::access::write)) {
    e.migrate(*db_);
    if (!sql::unfinished(*db_)) {
        if (!empty(*db_))
            throw transfer_refused(
                {"le stockage de destination n'est pas vide : rien n'y est écrit",
                 "the target store is not empty: nothing is written to it"});
        sql::mark_unfinished(*db_);
        return;
    }
    db_->run(db_->speaks().begin);
    db_->run(db_->speaks().empty_all);
    db_->run("COMMIT");
}

void filling::add(sql::table const& t, sql::row r, std::string content) {
    bytes_ += content.size();
    for (auto const& v : r)
        if (auto text = std::get_if<std::string>(&v)) bytes_ += text->size();
    rows_.push_back({t, std::move(r), std::move(content)});
    if (rows_.size() >= most_rows || bytes_ >= most_bytes) flush();
}

void filling::flush() {
    if (rows_.empty()) return;
    db_->run(db_->speaks().begin);
    for (auto const& r : rows_) sql::insert(*db_, r.into, r.values, r.content);
    db_->run("COMMIT");
    rows_.clear();
    bytes_ = 0;
}

void filling::done() {
    flush();
    db_->run(db_->speaks().begin);
    if (*db_->speaks().was_filled != '\0') db_->run(db_->speaks().was_filled);
    sql::mark_finished(*db_);
    db_->run("COMMIT");
}

void normalise(sql::table const& t, sql::row& r) {
    for (std::size_t i = 0; i < r.size(); ++i) {
        std::string_view name = t.columns[i].name;
        if (auto text = std::get_if<std::string>(&r[i])) {
            *text = sql::plain_text(*text);
            if (name == "state" && *text == "leased") *text = "queued";
            if (name == "holder") text->clear();
        } else if (name == "lease_until") {
            std::get<std::int64_t>(r[i]) = 0;
        }
    }
}
}  // namespace gateway
