#include <gtest/gtest.h>

#include "connectors/http/request_reader.hpp"

namespace {
struct verdict {
    int refused{0};
    bool done{false};
    http::request request;
};
verdict read(std::string_view bytes, std::size_t piece = 1'000'000) {
    http::server_limits limits;
    limits.header_bytes = 1000;
    limits.body_bytes = 100;
    http::request_reader r(limits);
    std::string held;
    while (!bytes.empty() && !r.done() && r.refused() == 0) {
        held += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (std::size_t taken = 1; taken != 0;) {
            taken = r.feed(held);
            held.erase(0, taken);
        }
    }
    verdict v{r.refused(), r.done(), {}};
    if (v.done) v.done = r.take(v.request);
    return v;
}

TEST(RequestReader, ReadsPathAndQueryDecoded) {
    auto v = read("GET /v1/a%20b?dmp=true&to=x%40y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n");
    ASSERT_TRUE(v.done);
    EXPECT_EQ(v.request.path, "/v1/a b");
    EXPECT_EQ(v.request.query.find("to")->second, "x@y");
    EXPECT_EQ(v.request.header("x-a"), "1");
}
TEST(RequestReader, ReadsBodiesHoweverTheyAreCut) {
    std::string_view chunked =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    std::string_view sized = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabcde";
    for (std::size_t piece = 1; piece < 80; ++piece) {
        EXPECT_EQ(read(chunked, piece).request.body, "abcde") << piece;
        EXPECT_EQ(read(sized, piece).request.body, "abcde") << piece;
    }
}
TEST(RequestReader, AnEmptyChunkedBodyThatTricklesStopsNothing) {
    auto v = read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1);
    EXPECT_TRUE(v.done);
    EXPECT_EQ(v.request.body, "");
}
TEST(RequestReader, RefusesWhatTwoReadersCouldTakeDifferently) {
    for (auto const* head :
         {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
          "Content-Length: 4\r\nContent-Length: 5\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n",
          "Content-Length: 4x\r\n", "Content-Length: 4\r\n Folded: x\r\n", "Bad Name: x\r\n"})
        EXPECT_EQ(
            read(std::string("POST / HTTP/1.1\r\nHost: h\r\n") + head + "\r\n0\r\n\r\n").refused /
                100,
            4)
            << head;
    EXPECT_EQ(
        read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").refused,
        501);
    EXPECT_EQ(read("GET / HTTP/1.1\r\n\r\n").refused, 400);
    EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").refused, 400);
    EXPECT_NE(read("GET / HTTP/2.0\r\nHost: a\r\n\r\n").refused, 0);
}
TEST(RequestReader, KeepsItsLimits) {
    EXPECT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n").refused, 413);
    EXPECT_EQ(
        read("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'a') + "\r\n\r\n").refused,
        431);
}

TEST(Form, ReadsParts) {
    std::vector<http::form_part> parts;
    ASSERT_TRUE(
        http::parse_form("multipart/form-data; boundary=\"b\"",
                         "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f.xml\"\r\n"
                         "Content-Type: Text/XML\r\n\r\nx\r\n--c\r\n\r\n--b\r\n"
                         "Content-Disposition: form-data; name=b\r\n\r\n\r\n--b--\r\n",
                         parts));
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].body, "x\r\n--c\r\n");
    EXPECT_EQ(parts[0].filename, "f.xml");
    EXPECT_EQ(parts[0].content_type, "text/xml");
    EXPECT_EQ(parts[1].body, "");
}
TEST(Form, RefusesWhatIsMalformed) {
    for (std::string_view body :
         {"", "--b", "--b--", "--b\r\n\r\nx\r\n--b--",
          "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
          "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
          "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: "
          "base64\r\n\r\nx\r\n--b--",
          "--b\r\nContent-Disposition: form-data; name=a\r\n folded\r\n\r\nx\r\n--b--"}) {
        std::vector<http::form_part> parts;
        EXPECT_FALSE(http::parse_form("multipart/form-data; boundary=b", body, parts)) << body;
    }
    std::vector<http::form_part> parts;
    EXPECT_FALSE(http::parse_form("multipart/form-data", "--b--", parts));
    EXPECT_FALSE(http::parse_form("multipart/mixed; boundary=b", "--b--", parts));
}
}  // namespace
