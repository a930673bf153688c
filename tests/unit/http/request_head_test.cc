#include "http/request_head.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "http/request_target.h"

namespace larder::http {
namespace {

constexpr std::size_t kLimit = 16 * 1024;

/// 0 if more is needed, 200 if it is a head, else the status of the refusal.
int verdict(std::string_view bytes, std::size_t limit = kLimit) {
  const auto parsed = parse_request_head(bytes, limit);
  if (!parsed) return parsed.error().status;
  return *parsed ? 200 : 0;
}

RequestHead head(std::string_view bytes) {
  auto parsed = parse_request_head(bytes, kLimit);
  EXPECT_TRUE(parsed && *parsed) << bytes;
  return **std::move(parsed);
}

/// A request that is right but for `line`.
std::string with(std::string_view line) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n\r\n"; }
std::string to(std::string_view target) { return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }
std::string host(std::string_view value) { return "GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n"; }

TEST(RequestHead, OfARealClientIsRead) {
  const std::string bytes =
      "GET /filestreamingservice/files/7bc8?P1=1&P4=a%2Fb&cacheHostOrigin=dl.delivery.mp.microsoft.com HTTP/1.1\r\n"
      "Connection: Keep-Alive\r\nAccept: */*\r\nRange: bytes=154140672-155189247\r\n"
      "User-Agent: Microsoft-Delivery-Optimization/10.1\r\nHost: 192.0.2.1\r\n\r\n";
  const std::string pipelined = bytes + "GET /next";
  const RequestHead read = head(pipelined);
  EXPECT_EQ(read.method, Method::kGet);
  EXPECT_EQ(read.target, "/filestreamingservice/files/7bc8?P1=1&P4=a%2Fb&cacheHostOrigin=dl.delivery.mp.microsoft.com");
  EXPECT_EQ(read.minor_version, 1);
  EXPECT_TRUE(read.keep_alive);
  EXPECT_FALSE(read.has_body());
  EXPECT_EQ(read.fields.size(), 5u);
  EXPECT_EQ(read.fields.find("range"), "bytes=154140672-155189247");
  EXPECT_EQ(read.size, bytes.size());
}

TEST(RequestHead, PointsIntoItsBytes) {
  const std::string bytes = with("X-Test:  \t value \t ");
  const RequestHead read = head(bytes);
  const std::string_view value = *read.fields.find("x-test");
  EXPECT_EQ(value, "value");
  EXPECT_GE(value.data(), bytes.data());
  EXPECT_LT(value.data(), bytes.data() + bytes.size());
}

TEST(RequestHead, NeedsMoreUntilItsLastByte) {
  const std::string bytes = with("Range: bytes=0-1");
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_EQ(verdict(bytes.substr(0, size)), 0) << size;
  EXPECT_EQ(verdict(bytes), 200);
}

TEST(RequestHead, PassesOverOneEmptyLineBeforeIt) {
  EXPECT_EQ(verdict("\r\n"), 0);
  const std::string bytes = "\r\n" + to("/");
  EXPECT_EQ(head(bytes).size, bytes.size());
  EXPECT_EQ(verdict("\r\n\r\n" + to("/")), 400);
}

TEST(RequestHead, KnowsItsMethod) {
  EXPECT_EQ(head(to("/")).method, Method::kGet);
  EXPECT_EQ(head("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").method, Method::kHead);
  EXPECT_EQ(head("get / HTTP/1.1\r\nHost: a\r\n\r\n").method, Method::kOther);
  EXPECT_EQ(head("BREW / HTTP/1.1\r\nHost: a\r\n\r\n").method_text, "BREW");
}

TEST(RequestHead, KeepsAliveAsItsVersionAndConnectionSay) {
  EXPECT_TRUE(head(with("Connection: keep-alive")).keep_alive);
  EXPECT_FALSE(head(with("Connection: foo, Close")).keep_alive);
  EXPECT_FALSE(head("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

TEST(RequestHead, SeveralRangeLinesAreAllThere) {
  const std::string bytes = with("Range: bytes=10-19\r\nRange: bytes=20-29");
  const RequestHead read = head(bytes);
  EXPECT_EQ(read.fields.count("Range"), 2u);
  EXPECT_EQ(read.fields.find("Range"), "bytes=10-19");
  EXPECT_EQ(read.fields.last("Range"), "bytes=20-29");
}

TEST(RequestHead, HasALimitOfBytes) {
  const std::string bytes = with("X: " + std::string(1000, 'x'));
  EXPECT_EQ(verdict(bytes, bytes.size()), 200);
  EXPECT_EQ(verdict(bytes, bytes.size() - 1), 431);
  EXPECT_EQ(verdict(bytes.substr(0, 100), 100), 431);
  EXPECT_EQ(verdict(bytes.substr(0, 99), 100), 0);
}

TEST(RequestHead, HasALimitOfFields) {
  std::string lines = "A: 0";
  for (int i = 2; i < 100; ++i) lines += "\r\nA: 1";
  EXPECT_EQ(head(with(lines)).fields.size(), 100u);
  EXPECT_EQ(verdict(with(lines + "\r\nA: 1")), 431);
}

TEST(RequestHead, LongerThanBeastsOwnLimitIsRead) {
  EXPECT_EQ(verdict(with("X: " + std::string(12'000, 'x'))), 200);
  EXPECT_EQ(verdict(to("/" + std::string(12'000, 'x'))), 200);
}

struct Case {
  int status;
  std::string bytes;
};

TEST(RequestHead, DoubtfulFramingIsRefused) {
  const std::array cases = {
      Case{400, with("Content-Length: 5\r\nTransfer-Encoding: chunked")},
      Case{400, with("Transfer-Encoding: chunked\r\nContent-Length: 5")},
      Case{400, with("Content-Length: 5\r\nContent-Length: 6")},
      Case{400, with("Content-Length: 5\r\nContent-Length: 5")},
      Case{400, with("Content-Length: 5, 6")},
      Case{400, with("Content-Length: 5, 5")},
      Case{400, with("Content-Length: +5")},
      Case{400, with("Content-Length: -5")},
      Case{400, with("Content-Length: 0x5")},
      Case{400, with("Content-Length: 5 5")},
      Case{400, with("Content-Length:")},
      Case{400, with("Content-Length: 99999999999999999999")},
      Case{501, with("Transfer-Encoding: gzip")},
      Case{501, with("Transfer-Encoding: gzip, chunked")},
      Case{501, with("Transfer-Encoding: chunked, gzip")},
      Case{501, with("Transfer-Encoding: xchunked")},
      Case{400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")},
      Case{501, with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked")},
      Case{400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      Case{400, with("Transfer-Encoding : chunked")},
      Case{400, with("Content-Length : 5")},
      Case{400, with("Transfer-Encoding: \x0b"
                     "chunked")},
  };
  for (const Case& wrong : cases) EXPECT_EQ(verdict(wrong.bytes), wrong.status) << wrong.bytes;
}

TEST(RequestHead, ABodyIsSeen) {
  EXPECT_TRUE(head(with("Content-Length: 5")).has_body());
  EXPECT_TRUE(head(with("Content-Length: 5000000000")).has_body());
  EXPECT_TRUE(head(with("Transfer-Encoding: Chunked")).has_body());
  EXPECT_FALSE(head(with("Content-Length: 0")).has_body());
}

TEST(RequestHead, DoubtfulLinesAreRefused) {
  const std::array cases = {
      std::string("GET / HTTP/1.1\nHost: a\n\n"),
      std::string("GET / HTTP/1.1\r\nHost: a\n\r\n"),
      std::string("GET / HTTP/1.1\r\nHost: a\r\n\n"),
      std::string("GET / HTTP/1.1\rHost: a\r\n\r\n"),
      with("X: a\rb"),
      with("X: a\r\n b"),
      with("X: a\r\n\tb"),
      with(std::string_view("X: a\0b", 6)),
      with(std::string_view("X\0: a", 5)),
      with("X: a\x01"),
      with("X: a\x7f"),
      with("X a: b"),
      with("X : b"),
      with(": b"),
      with("X"),
      with("X\xe9: b"),
      std::string("GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
      std::string(" GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      std::string("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
      std::string("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
      std::string("GET /\r\nHost: a\r\n\r\n"),
      std::string("GET / http/1.1\r\nHost: a\r\n\r\n"),
      std::string("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"),
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15),
  };
  for (const std::string& bytes : cases) EXPECT_EQ(verdict(bytes), 400) << bytes;
}

TEST(RequestHead, AWrongLineIsSeenBeforeTheHeadIsWhole) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\nHost"), 400);
  EXPECT_EQ(verdict(std::string_view("GE\0", 3)), 400);
}

TEST(RequestHead, OtherVersionsAreRefused) {
  EXPECT_EQ(verdict("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(verdict("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(verdict("GET / HTTP/11.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(RequestHead, NeedsOneGoodHost) {
  EXPECT_EQ(verdict("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(verdict(with("Host: b")), 400);
  EXPECT_EQ(verdict("GET / HTTP/1.0\r\n\r\n"), 200);
  for (const char* good :
       {"", "a", "a.example:80", "a.example:", "192.0.2.1:8080", "[::1]", "[2001:db8::1]:80", "a_b", "%41"}) {
    EXPECT_EQ(verdict(host(good)), 200) << good;
  }
  for (const char* bad : {"a b", "a/b", "a@b", "a:b", "a:80:80", ":80", "a:65536", "[::1", "[]", "[::1]x", "[g]",
                          "a\\b", "%4", "a,b?", "\xc3\xa4"}) {
    EXPECT_EQ(verdict(host(bad)), 400) << bad;
  }
}

TEST(RequestHead, NeedsAPathOrUrlAsItsTarget) {
  for (const char* good : {"/", "//x", "/a/../b", "/a%00", "/?", "/a?b=c%20d", "http://a/", "HTTPS://a:443/b",
                           "http://a?x", "/[]{}|", "/%", "/a%zz?b=%4"}) {
    EXPECT_EQ(verdict(to(good)), 200) << good;
  }
  for (const char* bad : {"*", "a", "a:80", "ftp://a/", "http:///x", "http://", "http:/a", "http://a b/", "/\xc3\xa4",
                          "/a#b", "http://u@h/"}) {
    EXPECT_EQ(verdict(to(bad)), 400) << bad;
  }
}

TEST(RequestHead, OtherMethodsWithTheirOwnTargetsAreNotAllowedRatherThanWrong) {
  EXPECT_EQ(verdict("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(verdict("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
}

TEST(RequestTarget, IsSplitIntoPathAndQuery) {
  using Parts = std::pair<std::string_view, std::string_view>;
  EXPECT_EQ(path_and_query("/a?b?c"), Parts("/a", "b?c"));
  EXPECT_EQ(path_and_query("http://host/a?b"), Parts("/a", "b"));
  EXPECT_EQ(path_and_query("HTTPS://host:1/a"), Parts("/a", ""));
  EXPECT_EQ(path_and_query("http://host"), Parts("/", ""));
  EXPECT_EQ(path_and_query("http://host?a=/b"), Parts("/", "a=/b"));
}

}  // namespace
}  // namespace larder::http
