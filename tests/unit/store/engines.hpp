/// The engines under test: each gives a test an empty place of its own, and opens stores there.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "gateway/store/engine.hpp"

/// An empty file or database; gone with this object.
class place {
public:
    virtual ~place() = default;
    /// @param tables  of which version of Liaison
    [[nodiscard]] virtual gateway::engine engine(
        gateway::sql::schema tables = gateway::sql::shipped_schema) const = 0;
    [[nodiscard]] virtual gateway::schema_keeper keeper(gateway::sql::schema) const = 0;
    /// A connection beside the store; of SQLite only while no store is open.
    [[nodiscard]] virtual std::unique_ptr<gateway::sql::connection> direct() const = 0;
    /// Its own leases return when a store is opened again: nobody else can hold any.
    [[nodiscard]] virtual bool exclusive() const = 0;
    [[nodiscard]] std::unique_ptr<gateway::store> open() const;
};
[[nodiscard]] std::unique_ptr<place> sqlite_place();
/// nullptr: no server, tests/postgresql.py gives one.
[[nodiscard]] std::unique_ptr<place> postgresql_place();
/// Where the server of `postgresql_place` is; empty: there is none.
[[nodiscard]] std::string postgresql_server();

/// A submission with one document and deliveries to the DMP under the order keys `order`0, 1, …
[[nodiscard]] gateway::submission make(std::string const& key,
                                       std::string const& order = "set|dmp|", int deliveries = 1);
[[nodiscard]] gateway::settlement ends(gateway::delivery_state to, gateway::instant next = 0);

/// The same test on each engine.
class OnEachEngine : public testing::TestWithParam<char const*> {
protected:
    void SetUp() override {
        bool embedded = std::string(GetParam()) == "Sqlite";
        place_ = embedded ? sqlite_place() : postgresql_place();
        if (!place_) GTEST_SKIP() << "no PostgreSQL: run this through tests/postgresql.py";
    }
    void TearDown() override { store_.reset(); }
    gateway::store& open() {
        store_.reset();
        store_ = place_->open();
        return *store_;
    }
    void sql(char const* text) {
        store_.reset();
        place_->direct()->run(text);
    }
    std::unique_ptr<place> place_;
    std::unique_ptr<gateway::store> store_;
};
inline std::string engine_name(testing::TestParamInfo<char const*> const& info) {
    return info.param;
}
inline auto const each_engine = testing::Values("Sqlite", "Postgresql");
