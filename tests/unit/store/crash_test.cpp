/// kill -9 of a process that commits: whatever it announced after a commit is there, and the
/// account is whole.
#include <signal.h>
#include <sys/wait.h>

#include <random>

#include "certs/digest.hpp"
#include "engines.hpp"

class StoreCrash : public OnEachEngine {
protected:
    /// Commits until killed, announcing each id on `out` only after commit() returned.
    void child(int out) {
        auto st = place_->open();
        for (;;) {
            auto s = make(certs::uuid(), certs::uuid());
            st->commit(s, {{"submission.accepted", "dpi", {{"submission", s.id}}}});
            if (::write(out, s.id.data(), s.id.size()) != static_cast<ssize_t>(s.id.size()))
                ::_exit(1);
        }
    }
};

INSTANTIATE_TEST_SUITE_P(Engine, StoreCrash, each_engine, engine_name);
TEST_P(StoreCrash, WhatWasAnnouncedSurvivesKill) {
    std::mt19937 random{std::random_device{}()};
    std::size_t announced = 0;
    for (int round = 0; round < 5; ++round) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        auto pid = ::fork();
        ASSERT_GE(pid, 0);
        if (pid == 0) {
            child(ends[1]);
            ::_exit(0);
        }
        ::close(ends[1]);
        ::usleep(std::uniform_int_distribution<useconds_t>(50'000, 400'000)(random));
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        std::string ids;
        char chunk[4096];
        for (ssize_t n = 0; (n = ::read(ends[0], chunk, sizeof chunk)) > 0;)
            ids.append(chunk, static_cast<std::size_t>(n));
        ::close(ends[0]);
        auto& st = open();
        for (std::size_t i = 0; i + 36 <= ids.size(); i += 36, ++announced)
            ASSERT_EQ(st.documents(ids.substr(i, 36)).size(), 1U) << "round " << round;
        EXPECT_TRUE(st.verify_ledger().valid);
        store_.reset();
    }
    EXPECT_GT(announced, 0U);
}
