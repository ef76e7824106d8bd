/// Our own document, and edits of it: each test changes one thing.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "cda/check.hpp"

inline std::string sample() {
    std::ifstream in(LIAISON_TEST_DATA "/cda/n1.xml");
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}
inline std::string with(std::string text, std::string const& from, std::string const& to) {
    auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}
inline cda::verdict judge(std::vector<std::string> const& texts,
                          cda::environment env = cda::environment::test) {
    cda::check_options options;
    options.env = env;
    return cda::check({texts.begin(), texts.end()}, options);
}
inline bool has(cda::verdict const& v, std::string const& rule) {
    for (auto const& f : v.found)
        if (f.rule == rule) return true;
    return false;
}
