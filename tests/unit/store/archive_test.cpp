/// A store leaves in open formats and comes back elsewhere, on each engine and under other keys.
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "certs/digest.hpp"
#include "every_state.hpp"
#include "gateway/archive/export.hpp"
#include "gateway/archive/files.hpp"
#include "gateway/archive/import.hpp"
#include "gateway/store/utf8.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
namespace archive = gateway::archive;

namespace {
gateway::store_keys const old_keys{std::string(32, 'k'), std::string(32, 's'), "production"};
gateway::store_keys const new_keys{std::string(32, 'K'), std::string(32, 'S'), "production"};
void silent(gateway::transfer_progress const&) {}

class Archive : public OnEachEngine {
protected:
    void SetUp() override {
        OnEachEngine::SetUp();
        if (!place_) return;
        fill_every_state(open());
        // One whose contents are there no more.
        auto s = make("old", "old|dmp|");
        store_->commit(s, {});
        store_->cancel(s.deliveries[0].id, "anne", "wrong patient", 1900);
        purged_ = s.id;
        for (auto const& id : store_->purge(2000, 9000, 100)) gone_.insert(id);
        ASSERT_TRUE(gone_.contains(purged_));
        store_.reset();
        target_ = target();
        if (!target_) GTEST_SKIP() << "no PostgreSQL: run this through tests/postgresql.py";
    }
    virtual std::unique_ptr<place> target() const {
        return std::string(GetParam()) == "Sqlite" ? postgresql_place() : sqlite_place();
    }
    void TearDown() override {
        fs::remove_all(folder_);
        OnEachEngine::TearDown();
    }
    archive::exported take_out() {
        return archive::export_store(place_->engine(), old_keys, "anne", folder_.string(), silent);
    }
    archive::imported bring_in(std::string const& old_seal = {},
                               gateway::store_keys const& keys = new_keys) {
        return archive::import_store(target_->engine(),
                                     {folder_.string(), keys, old_seal, "bernard"}, silent);
    }
    std::unique_ptr<gateway::store> arrived() const {
        return gateway::open_store(target_->engine(), new_keys);
    }
    /// Without what differs by design: contents are sealed anew, places of rows are the engine's,
    /// the new account has one event more, and its head another seal.
    static std::vector<std::string> comparable(place const& p) {
        auto all = everything(*p.direct());
        std::vector<std::string> out;
        for (auto line : all) {
            line = gateway::sql::plain_text(line);
            if (line.starts_with("ledger_head") ||
                line.find("|store.imported|") != std::string::npos)
                continue;
            if (line.starts_with("document|")) line = line.substr(0, line.rfind('|'));
            if (line.starts_with("attempt|") || line.starts_with("receipt|"))
                line.erase(8, line.find('|', 8) - 8);
            if (auto leased = line.find("|leased|{"); leased != std::string::npos) {
                line.replace(leased, 8, "|queued|");
                line.replace(line.find("|h|10001500|"), 12, "||0|");
            }
            out.push_back(line);
        }
        std::sort(out.begin(), out.end());
        return out;
    }
    fs::path file(std::string const& beginning) const {
        for (auto const& f : fs::recursive_directory_iterator(folder_))
            if (f.is_regular_file() && fs::relative(f, folder_).string().starts_with(beginning))
                return f.path();
        ADD_FAILURE() << "no " << beginning;
        return {};
    }
    static std::string read(fs::path const& path) {
        std::ostringstream out;
        out << std::ifstream(path, std::ios::binary).rdbuf();
        return out.str();
    }
    static void write(fs::path const& path, std::string const& bytes) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }
    /// Refused, and nothing was written.
    void refused(std::string const& what) {
        EXPECT_THROW((void)bring_in(), gateway::transfer_refused) << what;
        EXPECT_TRUE(arrived()->list({}, 10).empty()) << what;
    }
    /// Makes digests and manifest fit again, as who forges would.
    void forge_sums() {
        std::string sums;
        archive::read_lines((folder_ / "SHA256SUMS").string(), [&](std::string const& line) {
            auto one = archive::sums_line(line);
            sums += archive::sums_line(
                archive::summed{archive::digest_of((folder_ / one.path).string()), one.path});
        });
        write(folder_ / "SHA256SUMS", sums);
        auto manifest = json::parse(read(folder_ / "manifest.json"));
        manifest.at("sums").as_object()["sha256"] = certs::sha256_hex(sums);
        write(folder_ / "manifest.json", json::serialize(manifest));
    }
    fs::path folder_ = fs::path(testing::TempDir()) / ("archive_" + certs::uuid());
    std::unique_ptr<place> target_;
    std::string purged_;
    std::set<std::string> gone_;
};
/// What is about the folder alone, whatever the engines.
class ArchiveFolder : public Archive {
protected:
    std::unique_ptr<place> target() const override { return sqlite_place(); }
};
INSTANTIATE_TEST_SUITE_P(Engine, Archive, each_engine, engine_name);
INSTANTIATE_TEST_SUITE_P(Engine, ArchiveFolder, testing::Values("Sqlite"), engine_name);
}  // namespace

TEST_P(Archive, ComesBackTheSameUnderOtherKeysInTheOtherEngine) {
    auto said = take_out();
    auto in = bring_in();
    EXPECT_EQ(in.what, said.what);
    EXPECT_FALSE(in.seal_proven);
    EXPECT_EQ(comparable(*target_), comparable(*place_));
    auto before = place_->open();
    auto after = arrived();
    auto report = after->verify_ledger();
    EXPECT_TRUE(report.valid) << report.reason;
    EXPECT_EQ(report.events, said.what.events + 1);
    int contents = 0;
    for (auto const& d : before->list({}, 100)) {
        if (gone_.contains(d.submission)) {
            EXPECT_THROW((void)after->documents(d.submission), gateway::content_purged);
            continue;
        }
        auto was = before->documents(d.submission), is = after->documents(d.submission);
        ASSERT_EQ(was.size(), is.size());
        for (std::size_t i = 0; i < is.size(); ++i) EXPECT_EQ(is[i].bytes, was[i].bytes);
        ++contents;
    }
    EXPECT_GT(contents, 0);
    std::string last_type, seal;
    after->read_ledger([&](gateway::ledger_event const& e) {
        last_type = e.type;
        if (e.type == "store.imported") seal = e.fields.at("seal");
    });
    EXPECT_EQ(last_type, "store.imported");
    EXPECT_EQ(seal, "not proven");
    // And goes on.
    auto later = make("later", "later|dmp|");
    after->commit(later, {});
    EXPECT_FALSE(after->take("h", 10'000'000, 1000, 100, {}).empty());
}
TEST_P(ArchiveFolder, TheFolderIsReadableByAnybody) {
    take_out();
    auto v = json::parse(read(file("submissions/")));
    auto const& one = v.at("documents").at(0);
    auto found = one.at("file");
    if (!found.is_null()) {
        EXPECT_EQ(certs::sha256_hex(read(folder_ / std::string(found.as_string()))),
                  std::string(one.at("sha256").as_string()));
    }
    EXPECT_EQ(fs::status(folder_).permissions() & fs::perms::others_all, fs::perms::none);
    auto check = "cd '" + folder_.string() + "' && sha256sum --quiet --strict -c SHA256SUMS";
    EXPECT_EQ(std::system(check.c_str()), 0);
    // The reading of everything stands in the account that is left behind.
    bool told = false;
    place_->open()->read_ledger([&](gateway::ledger_event const& e) {
        told = told || (e.type == "contents.exported" && e.actor == "anne");
    });
    EXPECT_TRUE(told);
}
TEST_P(ArchiveFolder, NothingIsOverwritten) {
    take_out();
    auto before = read(folder_ / "SHA256SUMS");
    EXPECT_THROW((void)take_out(), gateway::transfer_refused);
    EXPECT_EQ(read(folder_ / "SHA256SUMS"), before);
}
TEST_P(ArchiveFolder, AFlippedByteAnywhereIsFoundBeforeAnythingIsWritten) {
    take_out();
    for (std::string name :
         {"submissions/", "documents/", "ledger.jsonl", "SHA256SUMS", "manifest.json"}) {
        auto path = file(name);
        auto bytes = read(path);
        for (auto at : {std::size_t{0}, bytes.size() / 2, bytes.size() - 2}) {
            auto bad = bytes;
            bad[at] = static_cast<char>(bad[at] ^ 1);
            write(path, bad);
            if (name == "manifest.json" && at == bytes.size() / 2) continue;  // may be its own time
            refused(name + " at " + std::to_string(at));
        }
        write(path, bytes.substr(0, bytes.size() / 2));
        refused(name + " cut off");
        fs::remove(path);
        refused(name + " missing");
        write(path, bytes);
    }
    write(folder_ / "documents" / "more.xml", "<x/>");
    refused("a file more");
    fs::remove(folder_ / "documents" / "more.xml");
    EXPECT_GT(bring_in().what.documents, 0) << "whole again";
}
TEST_P(ArchiveFolder, WhatDigestsDoNotFindTheChainDoes) {
    take_out();
    auto path = folder_ / "ledger.jsonl";
    auto bytes = read(path);
    auto changed = bytes;
    changed.replace(changed.find("\"dpi\""), 5, "\"dpj\"");
    write(path, changed);
    forge_sums();
    refused("an altered event");
    write(path, bytes.substr(bytes.find('\n') + 1));
    forge_sums();
    refused("a missing event");
    auto cut = bytes.substr(0, bytes.rfind('\n', bytes.size() - 2) + 1);
    write(path, cut);
    forge_sums();
    refused("a missing tail");
    write(path, bytes);
    forge_sums();
    EXPECT_GT(bring_in().what.events, 0);
}
TEST_P(ArchiveFolder, TheOldSealIsProvenByItsKeyAlone) {
    take_out();
    EXPECT_THROW((void)bring_in(std::string(32, 'x')), gateway::transfer_refused);
    EXPECT_TRUE(bring_in(old_keys.seal).seal_proven);
    EXPECT_TRUE(arrived()->verify_ledger().valid);
}
TEST_P(Archive, ATargetThatIsInUseOrOfAnotherEnvironmentIsLeftAlone) {
    take_out();
    auto test = new_keys;
    test.environment = "test";
    EXPECT_THROW((void)bring_in({}, test), gateway::transfer_refused);
    arrived()->record({"config.loaded", "liaison", {}}, 1);
    EXPECT_THROW((void)bring_in(), gateway::transfer_refused);
    auto running = arrived();
    EXPECT_THROW((void)bring_in(), gateway::store_in_use);
    auto source = place_->open();
    fs::remove_all(folder_);
    EXPECT_THROW((void)take_out(), gateway::store_in_use);
    EXPECT_FALSE(fs::exists(folder_));
}
TEST_P(Archive, AnImportThatIsInterruptedStartsOver) {
    take_out();
    struct stopped {};
    for (std::string_view part : {"submission", "ledger"}) {
        EXPECT_THROW((void)archive::import_store(target_->engine(),
                                                 {folder_.string(), new_keys, {}, "bernard"},
                                                 [&](gateway::transfer_progress const& p) {
                                                     if (p.part == part) throw stopped{};
                                                 }),
                     stopped);
        EXPECT_THROW((void)arrived(), gateway::store_unavailable);
    }
    (void)bring_in();
    EXPECT_EQ(comparable(*target_), comparable(*place_));
}
TEST_P(ArchiveFolder, ADamagedContentLeavesTheOthersAloneAndStaysDamaged) {
    auto db = place_->direct();
    std::string id;
    {
        gateway::sql::statement find(*db, "SELECT id FROM submission WHERE purged_at=0");
        ASSERT_TRUE(find.step());
        id = find.text();
    }
    gateway::sql::statement(*db, "UPDATE document SET content=? WHERE submission=? AND n=0")
        .blob("not what was sealed, but long enough to look like it: 0123456789012345678901234567")
        .bind(id)
        .run();
    db.reset();
    EXPECT_EQ(take_out().what.damaged, 1);
    EXPECT_EQ(bring_in().what.damaged, 1);
    EXPECT_THROW((void)arrived()->documents(id), gateway::record_damaged);
    EXPECT_EQ(comparable(*target_), comparable(*place_));
}
