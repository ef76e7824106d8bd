#include "gateway/config.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {
class Config : public testing::Test {
protected:
    void SetUp() override {
        folder_ =
            std::filesystem::path(testing::TempDir()) / ("config_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder_);
        put("a.pem", "x");
        put("key.hex", std::string(64, 'a'));
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void put(std::string const& name, std::string const& text) {
        std::ofstream(folder_ / name) << text;
    }
    static std::string base() {
        return "environment = \"test\"\ndata = \"store\"\n"
               "[smtp]\ncertificate = \"a.pem\"\nkey = \"a.pem\"\ntrust = \"a.pem\"\n"
               "[https]\ncertificate = \"a.pem\"\nkey = \"a.pem\"\ntrust = \"a.pem\"\n"
               "[keys]\nmaster_file = \"key.hex\"\nseal_file = \"key.hex\"\n"
               "[[emitter]]\nname = \"dpi\"\ncertificate_names = [\"dpi.hopital.example\"]\n";
    }
    gateway::config load(std::string const& text) {
        put("gateway.toml", text);
        return gateway::load_config((folder_ / "gateway.toml").string());
    }
    std::string wrong_key(std::string const& text) {
        try {
            (void)load(text);
        } catch (gateway::config_error const& e) {
            EXPECT_FALSE(e.remedy.empty());
            return e.key;
        }
        return "accepted";
    }
    std::filesystem::path folder_;
};
}  // namespace

TEST_F(Config, RelativePathsStartAtTheFile) {
    EXPECT_EQ(load(base()).database(), (folder_ / "store/liaison.sqlite").string());
}
TEST_F(Config, TheStoreIsAFileUnlessADatabaseIsNamed) {
    EXPECT_EQ(load(base()).store.engine, gateway::store_engine::sqlite);
    put("password", "secret\n");
    auto c = load(base() +
                  "[store]\nengine = \"postgresql\"\nconninfo = \"host=db.example "
                  "dbname=liaison\"\npassword_file = \"password\"\n");
    EXPECT_EQ(c.store.engine, gateway::store_engine::postgresql);
    EXPECT_EQ(c.store.password_file, (folder_ / "password").string());
}
TEST_F(Config, ContentsAreKeptForEverUnlessAPeriodIsNamed) {
    EXPECT_EQ(load(base()).retention.contents.count(), 0);
    EXPECT_EQ(load(base() + "[retention]\ncontents_days = 400\n").retention.contents.count(), 400);
    EXPECT_EQ(wrong_key(base() + "[retention]\ncontents_days = 36501\n"),
              "retention.contents_days");
    EXPECT_EQ(wrong_key(base() + "[retention]\ncontents_days = -1\n"), "retention.contents_days");
}
TEST_F(Config, ADatabaseNeedsNoDataFolder) {
    auto text = base();
    text.erase(text.find("data = "), std::string("data = \"store\"\n").size());
    EXPECT_EQ(wrong_key(text), "data");
    EXPECT_EQ(wrong_key(text + "[store]\nengine = \"postgresql\"\nconninfo = \"host=db\"\n"),
              "accepted");
}
TEST_F(Config, StoreMistakesAreNamed) {
    auto postgresql = [&](std::string const& rest) {
        return wrong_key(base() + "[store]\nengine = \"postgresql\"\n" + rest);
    };
    EXPECT_EQ(wrong_key(base() + "[store]\nengine = \"oracle\"\n"), "store.engine");
    EXPECT_EQ(wrong_key(base() + "[store]\nconninfo = \"host=db\"\n"), "store.conninfo");
    EXPECT_EQ(wrong_key(base() + "[store]\npassword = \"x\"\n"), "store.password");
    EXPECT_EQ(postgresql(""), "store.conninfo");
    EXPECT_EQ(postgresql("conninfo = \"host=db nonsense\"\n"), "store.conninfo");
    EXPECT_EQ(postgresql("conninfo = \"host=db\"\npassword_file = \"absent\"\n"),
              "store.password_file");
}
TEST_F(Config, APasswordInTheConninfoIsRefusedAndNotRepeated) {
    for (auto const* conninfo :
         {"host=db password=hunter2", "host=db password = 'hunter2'", "postgresql://u:hunter2@db/l",
          "postgresql://db/l?password=hunter2", "host=db sslpassword=hunter2"}) {
        try {
            (void)load(base() + "[store]\nengine = \"postgresql\"\nconninfo = \"" + conninfo +
                       "\"\n");
            ADD_FAILURE() << conninfo;
        } catch (gateway::config_error const& e) {
            EXPECT_EQ(e.key, "store.conninfo");
            EXPECT_NE(e.remedy.find("password_file"), std::string::npos);
            EXPECT_EQ((e.what() + e.remedy).find("hunter2"), std::string::npos);
        }
    }
}
TEST_F(Config, ProductionIsTheDefault) {
    auto text = base();
    text.erase(0, text.find('\n') + 1);
    EXPECT_EQ(load(text).env, cda::environment::production);
}
TEST_F(Config, UnknownKeysAreErrorsWithTheirLine) {
    try {
        (void)load(base() + "[admin]\nprot = 9464\n");
        FAIL();
    } catch (gateway::config_error const& e) {
        EXPECT_EQ(e.key, "admin.prot");
        EXPECT_EQ(e.line, 18U);
    }
}
TEST_F(Config, WrongTypesAreErrors) {
    EXPECT_EQ(wrong_key(base() + "[admin]\nport = \"x\"\n"), "admin.port");
}
TEST_F(Config, PortsOutOfRangeAreErrors) {
    EXPECT_EQ(wrong_key(base() + "[admin]\nport = 70000\n"), "admin.port");
}
TEST_F(Config, AdminStaysOnLoopback) {
    EXPECT_EQ(wrong_key(base() + "[admin]\naddress = \"0.0.0.0\"\n"), "admin.address");
}
TEST_F(Config, AnEmitterNeedsAProofOfIdentity) {
    EXPECT_EQ(wrong_key(base() + "[[emitter]]\nname = \"x\"\n"), "emitter.x");
}
TEST_F(Config, TheDmpNeedsHttps) {
    EXPECT_EQ(wrong_key(base() + "[dmp]\nenabled = true\nrepository_url = \"http://x\"\n"),
              "dmp.repository_url");
}
TEST_F(Config, KeysAre32BytesInHexadecimal) {
    EXPECT_EQ(gateway::load_key((folder_ / "key.hex").string(), "k").size(), 32U);
    put("short.hex", "abcd");
    EXPECT_THROW((void)gateway::load_key((folder_ / "short.hex").string(), "k"),
                 gateway::config_error);
}
