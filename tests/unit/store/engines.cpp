#include "engines.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "certs/digest.hpp"

namespace {
namespace fs = std::filesystem;

class sqlite_folder final : public place {
public:
    sqlite_folder() : folder_(fs::path(testing::TempDir()) / ("store_" + certs::uuid())) {
        fs::create_directories(folder_);
    }
    ~sqlite_folder() override { fs::remove_all(folder_); }
    gateway::engine engine(gateway::sql::schema s) const override {
        return gateway::sqlite_engine(file(), s);
    }
    gateway::schema_keeper keeper(gateway::sql::schema s) const override {
        return gateway::sqlite_schema(file(), s);
    }
    std::unique_ptr<gateway::sql::connection> direct() const override {
        return gateway::sql::open_sqlite_database(file(), gateway::sql::access::write);
    }
    bool exclusive() const override { return true; }

private:
    std::string file() const { return (folder_ / "s.sqlite").string(); }
    fs::path folder_;
};

class postgresql_database final : public place {
public:
    postgresql_database() : name_("t" + certs::uuid()) {
        std::replace(name_.begin(), name_.end(), '-', '_');
        server()->run("CREATE DATABASE " + name_);
    }
    ~postgresql_database() override { server()->run("DROP DATABASE " + name_ + " WITH (FORCE)"); }
    gateway::engine engine(gateway::sql::schema s) const override {
        return gateway::postgresql_engine(options(), s);
    }
    gateway::schema_keeper keeper(gateway::sql::schema s) const override {
        return gateway::postgresql_schema(options(), s);
    }
    std::unique_ptr<gateway::sql::connection> direct() const override {
        return gateway::sql::open_postgresql_database(options());
    }
    bool exclusive() const override { return false; }

private:
    static std::unique_ptr<gateway::sql::connection> server() {
        return gateway::sql::open_postgresql_database({postgresql_server(), {}});
    }
    gateway::postgresql_options options() const {
        return {postgresql_server() + " dbname=" + name_, {}};
    }
    std::string name_;
};
}  // namespace

std::unique_ptr<gateway::store> place::open() const {
    return gateway::open_store(engine(),
                               {std::string(32, 'k'), std::string(32, 's'), "production"});
}

std::string postgresql_server() {
    auto said = std::getenv("LIAISON_TEST_POSTGRESQL");
    return said == nullptr ? "" : said;
}
std::unique_ptr<place> sqlite_place() { return std::make_unique<sqlite_folder>(); }
std::unique_ptr<place> postgresql_place() {
    if (postgresql_server().empty()) return nullptr;
    return std::make_unique<postgresql_database>();
}

gateway::submission make(std::string const& key, std::string const& order, int deliveries) {
    gateway::submission s;
    s.id = certs::uuid();
    s.emitter = "dpi";
    s.channel = "smtp";
    s.return_path = "dpi@hopital.example";
    s.received_at = 1000;
    s.idempotency_key = key;
    s.request_digest = "digest of " + key;
    gateway::stored_document d;
    d.unique_id = "1.2.3";
    d.set_id = "1.2";
    d.version = "1";
    d.type_code = "11490-0";
    d.sha256 = certs::sha256_hex("<cda/>");
    d.bytes = "<cda/>";
    d.ins_status = "qualified";
    d.size = 6;
    s.documents.push_back(d);
    for (int i = 0; i < deliveries; ++i) {
        gateway::new_delivery one;
        one.id = certs::uuid();
        one.kind = gateway::destination_kind::dmp;
        one.order_key = order + std::to_string(i);
        one.expires_at = 1'000'000'000;
        one.fixed = {{"lotId", "2.25.1"}};
        s.deliveries.push_back(one);
    }
    return s;
}

gateway::settlement ends(gateway::delivery_state to, gateway::instant next) {
    gateway::settlement s;
    s.to = to;
    s.at = 2000;
    s.next_attempt_at = next;
    s.peer = "peer says";
    s.reason = to == gateway::delivery_state::failed ? "550 no such mailbox" : "";
    s.receipts = {{"smtp.reply", 2000, "250 ok"}};
    return s;
}
