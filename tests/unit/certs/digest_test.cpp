#include "certs/digest.hpp"

#include <gtest/gtest.h>

TEST(Digest, KnownAnswers) {
    EXPECT_EQ(certs::sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(certs::sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(certs::base64(std::string("\0\xff\x10", 3)), "AP8Q");
}
TEST(Digest, UuidIsVersion4) {
    auto id = certs::uuid();
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
    EXPECT_NE(id, certs::uuid());
}
TEST(Password, MatchesItselfOnly) {
    auto stored = certs::hash_password("a long pass phrase");
    EXPECT_TRUE(certs::password_matches("a long pass phrase", stored));
    EXPECT_FALSE(certs::password_matches("a long pass phrasE", stored));
    EXPECT_FALSE(certs::password_matches("", stored));
    EXPECT_FALSE(certs::password_matches("x", "scrypt$16384$8$1$"));
    EXPECT_FALSE(certs::password_matches("x", ""));
}
