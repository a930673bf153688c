#include "node/forward_rules.h"

#include <gtest/gtest.h>

#include "../cache/response_of.h"

namespace larder::node {
namespace {

using cache::ResponseOf;

// AskedFor: a request with these lines.
class AskedFor {
 public:
  explicit AskedFor(const std::string& lines, const std::string& method = "GET", int minor_version = 1)
      : text_(method + " /a HTTP/1." + std::to_string(minor_version) + "\r\nHost: a\r\n" + lines + "\r\n"),
        head_(http::parse_request_head(text_, 8192)) {}
  const http::RequestHead& head() const { return **head_; }

 private:
  std::string text_;
  Result<std::optional<http::RequestHead>, http::HeadProblem> head_;
};

std::string sent(const AskedFor& request) {
  std::string all;
  for (const auto& [name, value] : asked_fields(request.head()))
    all.append(name).append(": ").append(value).append("\n");
  return all;
}

TEST(ForwardRules, RangesAndConditionsGoToTheOrigin) {
  EXPECT_EQ(sent(AskedFor("Range: bytes=0-9\r\nIf-Range: \"a\"\r\n")), "Range: bytes=0-9\nIf-Range: \"a\"\n");
  EXPECT_EQ(sent(AskedFor("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n")),
            "If-None-Match: \"a\"\nIf-None-Match: \"b\"\n");
  EXPECT_EQ(sent(AskedFor("If-Unmodified-Since: x\r\nIf-Match: y\r\nCookie: z\r\n")),
            "If-Unmodified-Since: x\nIf-Match: y\n");
  EXPECT_EQ(sent(AskedFor("Range: bytes=0-1, 5-6\r\nIf-Range: \"a\"\r\n")), "") << "several ranges count as none";
  EXPECT_EQ(sent(AskedFor("Range: bytes=0-9\r\n", "HEAD")), "");
}

TEST(ForwardRules, WhatTheOriginSaysToTheNodeIsNotForTheClient) {
  const struct {
    int origin;
    int client;
  } cases[] = {{407, 503}, {408, 503}, {429, 503}, {200, 200}, {206, 206}, {302, 302}, {304, 304}, {400, 400},
               {401, 401}, {403, 403}, {404, 404}, {406, 406}, {409, 409}, {410, 410}, {416, 416}, {428, 428},
               {430, 430}, {451, 451}, {500, 500}, {502, 502}, {503, 503}, {504, 504}};
  for (const auto& row : cases) EXPECT_EQ(status_for_client(row.origin), row.client) << row.origin;
}

TEST(ForwardRules, AnswersToOtherQuestionsAreNone) {
  const struct {
    std::string request;
    std::string answer;
    bool right;
  } cases[] = {
      {"", "200 OK\r\nContent-Length: 5", true},
      {"Range: bytes=0-9\r\n", "200 OK\r\nContent-Length: 5", true},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100", true},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 5\r\nContent-Range: bytes 0-4/100", true},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/*", true},
      {"Range: bytes=90-\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 90-99/100", true},
      {"Range: bytes=-10\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 90-99/100", true},
      {"Range: bytes=-10\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 90-99/*", false},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 11\r\nContent-Range: bytes 0-10/100", false},
      {"Range: bytes=1-9\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100", false},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 9\r\nContent-Range: bytes 0-9/100", false},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 10", false},
      {"Range: bytes=0-9\r\n", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes */100", false},
      {"", "206 P\r\nContent-Length: 10\r\nContent-Range: bytes 0-9/100", false},
      {"", "304 N", false},
      {"If-None-Match: \"a\"\r\n", "304 N", true},
      {"Range: bytes=200-\r\n", "416 R\r\nContent-Length: 0\r\nContent-Range: bytes */100", true},
  };
  for (const auto& each : cases) {
    const AskedFor request(each.request);
    const ResponseOf answer("HTTP/1.1 " + each.answer);
    EXPECT_EQ(check_answer(request.head(), answer.facts()).has_value(), each.right) << each.request << each.answer;
  }
}

TEST(ForwardRules, TheClientIsToldWhereABodyEnds) {
  const ResponseOf long_one("HTTP/1.1 200 OK\r\nContent-Length: 5");
  const ResponseOf chunked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked");
  const ResponseOf unmodified("HTTP/1.1 304 N");
  EXPECT_EQ(framing_of(AskedFor("").head(), long_one.facts()), BodyFraming::kLength);
  EXPECT_EQ(framing_of(AskedFor("").head(), chunked.facts()), BodyFraming::kChunked);
  EXPECT_EQ(framing_of(AskedFor("", "GET", 0).head(), chunked.facts()), BodyFraming::kToEnd);
  EXPECT_EQ(framing_of(AskedFor("", "HEAD").head(), long_one.facts()), BodyFraming::kNone);
  EXPECT_EQ(framing_of(AskedFor("").head(), unmodified.facts()), BodyFraming::kNone);
}

TEST(ForwardRules, OnlyKnownLinesGoToClientsAndOneOfEach) {
  const ResponseOf answer(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nSet-Cookie: a=b\r\nETag: \"a\"\r\nETag: \"b\"\r\n"
      "Cache-Control: private\r\nCache-Control: max-age=1\r\nConnection: x");
  std::string text;
  http::HeadWriter writer(text);
  writer.status(200);
  pass_fields_on(writer, AskedFor("").head(), answer.facts());
  EXPECT_EQ(writer.finish(),
            "HTTP/1.1 200 OK\r\nCache-Control: private\r\nCache-Control: max-age=1\r\nETag: \"a\"\r\n"
            "Content-Length: 5\r\n\r\n");
}

}  // namespace
}  // namespace larder::node
