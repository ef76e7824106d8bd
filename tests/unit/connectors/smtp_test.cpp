#include <gtest/gtest.h>

#include "connectors/smtp/command.hpp"
#include "connectors/smtp/dot_reader.hpp"

namespace {
smtp::dot_reader fed(std::string_view bytes, std::size_t piece = 1) {
    smtp::dot_reader r(1000, 100);
    while (!bytes.empty() && !r.done()) {
        r.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    return r;
}

TEST(DotReader, TakesTheStuffedDotsOff) {
    auto r = fed("a\r\n..b\r\n.c\r\n.\r\n");
    ASSERT_TRUE(r.done());
    EXPECT_FALSE(r.spoiled());
    EXPECT_EQ(r.take(), "a\r\n.b\r\nc\r\n");
}
TEST(DotReader, LeavesWhatFollowsTheEnd) {
    smtp::dot_reader r(1000, 100);
    std::string_view bytes = "a\r\n.\r\nNOOP\r\n";
    EXPECT_EQ(bytes.substr(r.feed(bytes)), "NOOP\r\n");
}
TEST(DotReader, OnlyTheTrueEndEnds) {
    for (std::string_view end : {"\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r\n.\n", "\r.\r\n"}) {
        auto r = fed("a" + std::string(end) + "b");
        EXPECT_FALSE(r.done());
        EXPECT_TRUE(r.bare_line_end());
    }
}
TEST(DotReader, SaysWhatIsTooMuch) {
    EXPECT_TRUE(fed(std::string(101, 'a') + "\r\n.\r\n").line_too_long());
    std::string many;
    while (many.size() < 1100) many += "0123456789\r\n";
    EXPECT_TRUE(fed(many + ".\r\n", 64).too_large());
    EXPECT_TRUE(fed(std::string("a\0b\r\n.\r\n", 8), 8).nul_byte());
}
TEST(DotReader, TakesAnEmptyMessage) {
    auto r = fed(".\r\n");
    ASSERT_TRUE(r.done());
    EXPECT_EQ(r.take(), "");
}

TEST(Command, ReadsTheSenderWithItsParameters) {
    auto read = smtp::parse_mail("FROM:<a@b.example> SIZE=12 BODY=8BITMIME RET=hdrs ENVID=q+2B1");
    auto& m = std::get<smtp::mail_arguments>(read);
    EXPECT_EQ(m.from, "a@b.example");
    EXPECT_EQ(m.size, 12U);
    EXPECT_EQ(m.ret, "HDRS");
    EXPECT_EQ(m.envid, "q+1");
}
TEST(Command, TakesTheNullSender) {
    EXPECT_EQ(std::get<smtp::mail_arguments>(smtp::parse_mail("FROM:<>")).from, "");
}
TEST(Command, RefusesMalformedSenders) {
    for (auto const* text :
         {"FROM:a@b", "FROM:<a@b", "FROM:<a@b>x", "FROM:<a b@c>", "FROM:<a>", "TO:<a@b>",
          "FROM:<a@b> SIZE=x", "FROM:<a@b> SIZE=1 SIZE=2", "FROM:<a@b> BODY=BINARYMIME",
          "FROM:<a@b> NONSENSE=1", "FROM:<a@b> ENVID=+ZZ", "FROM:<\xc3\xa9@b>"})
        EXPECT_TRUE(std::holds_alternative<smtp::reply>(smtp::parse_mail(text))) << text;
}
TEST(Command, RefusesMalformedRecipients) {
    for (auto const* text : {"TO:<>", "TO:<a@>", "TO:<@b>", "TO:<a@b> NOTIFY=SOMETIMES",
                             "TO:<a@b> NOTIFY=", "TO:<a@b> ORCPT==", "FROM:<a@b>"})
        EXPECT_TRUE(std::holds_alternative<smtp::reply>(smtp::parse_rcpt(text, false))) << text;
}
TEST(Command, XtextHidesNoControlCharacter) {
    EXPECT_EQ(smtp::decode_xtext("a+2Bb"), "a+b");
    EXPECT_FALSE(smtp::decode_xtext("a+0D+0Ab"));
    EXPECT_FALSE(smtp::decode_xtext("a+2"));
    EXPECT_FALSE(smtp::decode_xtext("a=b"));
}
TEST(Command, BdatWantsASize) {
    EXPECT_EQ(smtp::parse_bdat("10 LAST")->size, 10U);
    EXPECT_TRUE(smtp::parse_bdat("0 last")->last);
    for (auto const* text : {"", "x", "-1", "10 LATER", "10 LAST x", "99999999999999999999999"})
        EXPECT_FALSE(smtp::parse_bdat(text)) << text;
}
}  // namespace
