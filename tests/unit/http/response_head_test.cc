#include "http/response_head.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace larder::http {
namespace {

constexpr std::size_t kLimit = 16 * 1024;

ResponseHead head(std::string_view bytes) {
  auto parsed = parse_response_head(bytes, kLimit);
  EXPECT_TRUE(parsed && *parsed) << bytes;
  return **std::move(parsed);
}

std::string with(std::string_view line) { return "HTTP/1.1 200 OK\r\n" + std::string(line) + "\r\n\r\n"; }

TEST(ResponseHead, IsRead) {
  const std::string bytes =
      "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\ncontent-range: bytes 0-9/100\r\nETag: \"x\"\r\n\r\n";
  const std::string with_body = bytes + "0123";
  const ResponseHead read = head(with_body);
  EXPECT_EQ(read.status, 206);
  EXPECT_EQ(read.content_length, 10u);
  EXPECT_EQ(read.fields.find("Content-Range"), "bytes 0-9/100");
  EXPECT_TRUE(read.keep_alive);
  EXPECT_EQ(read.size, bytes.size());
}

TEST(ResponseHead, NeedsMoreUntilItsLastByte) {
  const std::string bytes = with("Content-Length: 0");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto parsed = parse_response_head(bytes.substr(0, size), kLimit);
    ASSERT_TRUE(parsed) << size;
    EXPECT_FALSE(*parsed) << size;
  }
}

TEST(ResponseHead, LengthsOfManyGigabytesAreRead) {
  EXPECT_EQ(head(with("Content-Length: 500000000000")).content_length, 500'000'000'000u);
}

TEST(ResponseHead, KeepsAliveAsItsVersionAndConnectionSay) {
  EXPECT_TRUE(head(with("Content-Length: 0")).keep_alive);
  EXPECT_FALSE(head(with("Connection: close")).keep_alive);
  EXPECT_FALSE(head("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST(ResponseHead, MayHaveNoReasonPhrase) {
  for (const std::string line : {"HTTP/1.1 206", "HTTP/1.1 206 "}) {
    const std::string bytes = line + "\r\nContent-Length: 4\r\nETag:  \"x\" \r\nEmpty:\r\n\r\n0123";
    const ResponseHead read = head(bytes);
    EXPECT_EQ(read.status, 206);
    EXPECT_EQ(read.content_length, 4u);
    EXPECT_EQ(read.size, bytes.size() - 4);
    const auto etag = read.fields.find("etag");
    ASSERT_EQ(etag, "\"x\"");
    EXPECT_EQ(etag->data(), bytes.data() + bytes.find("\"x\"")) << "views point into the bytes that were parsed";
    EXPECT_EQ(read.fields.find("Empty"), "");
  }
  EXPECT_EQ(head("HTTP/1.0 404\r\n\r\n").status, 404);
}

TEST(ResponseHead, WithoutAReasonPhraseMayBeAsLongAsAnyOther) {
  const std::string begin = "HTTP/1.1 200\r\nX: ";
  const std::string bytes = begin + std::string(kLimit - begin.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(head(bytes).size, kLimit);
}

TEST(ResponseHead, AnInterimOneIsReadAlone) {
  const ResponseHead read = head("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
  EXPECT_TRUE(read.is_interim());
  EXPECT_EQ(read.size, 28u);
}

TEST(ResponseHead, DoubtfulOnesAreRefused) {
  std::string many = "A: 0";
  for (int i = 0; i < 100; ++i) many += "\r\nA: 0";
  const std::array cases = {
      with("Content-Length: 5\r\nTransfer-Encoding: chunked"),
      with("Content-Length: 5\r\nContent-Length: 6"),
      with("Transfer-Encoding: gzip"),
      with("Transfer-Encoding: gzip, chunked"),
      with("X: a\r\n b"),
      with("X : a"),
      std::string("HTTP/1.1 200 OK\nX: a\n\n"),
      std::string("HTTP/1.1 20 OK\r\n\r\n"),
      std::string("HTTP/1.1 2000\r\n\r\n"),
      std::string("HTTP/1.1 20\r\n\r\n"),
      std::string("HTTP/1.1  20\r\n\r\n"),
      std::string("HTTP/1.1 200OK\r\n\r\n"),
      std::string("\r\nHTTP/1.1 200 OK\r\n\r\n"),
      std::string("HTTP/1.1 099 X\r\n\r\n"),
      std::string("HTTP/2.0 200 OK\r\n\r\n"),
      std::string("ICY 200 OK\r\n\r\n"),
      with("X: " + std::string(kLimit, 'x')),
      with(many),
  };
  for (const std::string& bytes : cases) {
    const auto parsed = parse_response_head(bytes, kLimit);
    ASSERT_FALSE(parsed) << bytes;
    EXPECT_EQ(parsed.error().code, Errc::kInvalid);
  }
}

}  // namespace
}  // namespace larder::http
