/// What only a store in a file of its own promises.
#include <filesystem>

#include "certs/digest.hpp"
#include "engines.hpp"
#include "gateway/store/vault.hpp"

namespace fs = std::filesystem;

class SqliteStore : public testing::Test {
protected:
    void SetUp() override { fs::create_directories(folder_); }
    void TearDown() override {
        store_.reset();
        fs::remove_all(folder_);
    }
    std::string file() const { return (folder_ / "s.sqlite").string(); }
    std::unique_ptr<gateway::store> another() const {
        return gateway::open_store(gateway::sqlite_engine(file()),
                                   {std::string(32, 'k'), std::string(32, 's'), "production"});
    }
    gateway::store& open() {
        store_.reset();
        store_ = another();
        return *store_;
    }
    void sql(char const* text) {
        store_.reset();
        gateway::sql::open_sqlite_database(file(), gateway::sql::access::write)->run(text);
    }
    fs::path folder_ = fs::path(testing::TempDir()) / ("store_" + certs::uuid());
    std::unique_ptr<gateway::store> store_;
};

TEST_F(SqliteStore, AReopenedStoreGivesTheLeasesOfTheDeadProcessBackAtOnce) {
    open().commit(make("a"), {});
    ASSERT_EQ(store_->take("one", 1500, 1'000'000, 1, {}).size(), 1U);
    EXPECT_EQ(open().take("two", 1501, 1000, 1, {}).size(), 1U);
}
TEST_F(SqliteStore, ASecondProcessIsRefused) {
    open();
    EXPECT_THROW((void)another(), gateway::store_unavailable);
}
TEST_F(SqliteStore, AContentThatWasAlteredIsNamedAndNotDelivered) {
    auto s = make("a");
    open().commit(s, {});
    sql("UPDATE document SET content=substr(content,1,length(content)-1)||x'00'");
    EXPECT_THROW((void)open().documents(s.id), gateway::content_corrupt);
}
TEST_F(SqliteStore, ContentsAreNotReadableOnDisk) {
    auto s = make("a");
    s.documents[0].bytes = "a word nobody else would write: zanzibar";
    open().commit(s, {});
    sql("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string found;
    for (auto const& f : std::filesystem::directory_iterator(folder_)) {
        std::FILE* in = std::fopen(f.path().c_str(), "rb");
        ASSERT_NE(in, nullptr);
        char chunk[65536];
        for (std::size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, in)) > 0;)
            found.append(chunk, n);
        std::fclose(in);
    }
    EXPECT_EQ(found.find("zanzibar"), std::string::npos);
    EXPECT_NE(found.find("11490-0"), std::string::npos);
}

TEST(Vault, AContentCannotStandInForAnother) {
    gateway::vault v(std::string(32, 'k'));
    auto sealed = v.seal("one", "clear");
    EXPECT_EQ(v.open("one", sealed), "clear");
    EXPECT_THROW((void)v.open("two", sealed), gateway::content_corrupt);
    EXPECT_THROW((void)gateway::vault(std::string(32, 'x')).open("one", sealed),
                 gateway::content_corrupt);
    for (std::size_t n = 0; n < sealed.size(); ++n)
        EXPECT_THROW((void)v.open("one", sealed.substr(0, n)), gateway::content_corrupt);
}
