// A good origin asked without any cache between must be right in everything; a client that is told wrong things must
// not.
#include "support/live_auditor.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "support/fake_origin.h"
#include "support/http_client.h"

namespace larder::support {
namespace {

constexpr std::uint64_t kObjectSize = 3'000'001;

class ALiveAuditor : public testing::Test {
 protected:
  ALiveAuditor() { origin_.put("/a.bin", {.seed = 5, .size = kObjectSize}); }

  HttpClient connect() { return HttpClient(origin_.address(), &live_); }
  void expect_none() {
    for (const std::string& verdict : live_.auditor().verdicts()) ADD_FAILURE() << verdict;
  }
  void expect_found(const std::string& text) {
    const auto verdicts = live_.auditor().verdicts();
    ASSERT_EQ(verdicts.size(), 1u) << text;
    EXPECT_TRUE(verdicts[0].contains(text)) << verdicts[0];
  }

  LiveAuditor live_;
  FakeOrigin origin_{{.observer = &live_}};
};

TEST_F(ALiveAuditor, FindsNothingInWhatAGoodOriginDoes) {
  live_.auditor().allow_refetch({}, Auditor::kNoLimit);
  HttpClient client = connect();
  EXPECT_EQ(client.fetch_checked("/a.bin?x=1", 5).first_wrong, std::nullopt);
  EXPECT_EQ(client.fetch_checked("/a.bin", 5, 10, 20).first_wrong, std::nullopt);
  EXPECT_EQ(client.fetch("/a.bin", {}, "HEAD").status, 200);
  EXPECT_EQ(client.fetch("/a.bin", {"If-None-Match: \"v1\""}).status, 304);
  EXPECT_EQ(client.fetch("/a.bin", {"Range: bytes=3000001-"}).status, 416);
  EXPECT_EQ(client.fetch("/none").status, 404);
  origin_.reply("/text", {.status = 200, .body = "an answer of its own"});
  EXPECT_EQ(client.fetch("/text").body, "an answer of its own");
  EXPECT_EQ(live_.auditor().responses(), 7u);
  expect_none();
}

TEST_F(ALiveAuditor, HearsOfRequestsThatAreSentInPiecesAndInARow) {
  HttpClient client = connect();
  const std::string head = "GET /a.bin HTTP/1.1\r\nHost: node\r\nRange: bytes=";
  client.send(head + "0-9\r\n\r\n" + head.substr(0, 10));
  client.send(head.substr(10) + "10-29\r\n\r");
  client.send("\n");
  EXPECT_EQ(client.read_checked(5, 0).body_bytes, 10u);
  EXPECT_EQ(client.read_checked(5, 10).body_bytes, 20u);
  EXPECT_EQ(live_.auditor().responses(), 2u);
  expect_none();
}

TEST_F(ALiveAuditor, StillTellsATestWhereItsOwnBytesAreWrong) {
  HttpClient client = connect();
  EXPECT_EQ(client.fetch_checked("/a.bin", 6).first_wrong, 0u);
  client.send_request("GET", "/a.bin", {"Range: bytes=1-9"});
  EXPECT_EQ(client.read_checked(5, 0).first_wrong, 0u);
  live_.auditor().allow_refetch({}, Auditor::kNoLimit);
  expect_none();
}

TEST_F(ALiveAuditor, FindsAPartThatLooksWhole) {
  origin_.reply(
      "/a.bin",
      {.framing = OriginReply::Framing::kUntilClose, .ending = OriginReply::Ending::kTruncate, .ending_after = 1000});
  EXPECT_TRUE(connect().fetch("/a.bin").complete);
  expect_found("it ended as if it were complete after 1000 bytes");
}

TEST_F(ALiveAuditor, TakesALieInAHeadForTheOriginsWord) {
  origin_.reply("/a.bin", {.fields = {{"ETag", "\"edge\""}}});
  EXPECT_EQ(connect().fetch("/a.bin").head.field("ETag"), "\"edge\"");
  expect_none();
}

TEST_F(ALiveAuditor, FindsBytesThatAreNotTheOnesThatWereAskedFor) {
  origin_.reply("/a.bin", {.answer_range = OriginRange{5, 15}});
  EXPECT_EQ(connect().fetch("/a.bin", {"Range: bytes=0-9"}).status, 206);
  expect_found("Content-Range tells of bytes 5-14");
}

TEST_F(ALiveAuditor, HearsOfManyClientsAtOnceWhileTheObjectChanges) {
  live_.auditor().allow_refetch({}, Auditor::kNoLimit);
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      HttpClient client = connect();
      for (int n = 0; n < 20; ++n) EXPECT_EQ(client.fetch("/a.bin", {"Range: bytes=0-99999"}).status, 206);
    });
  }
  for (std::uint64_t seed = 6; seed < 16; ++seed) {
    origin_.put("/a.bin", {.seed = seed, .size = kObjectSize, .etag = "\"" + std::to_string(seed) + "\""});
  }
  clients.clear();
  EXPECT_EQ(live_.auditor().responses(), 80u);
  expect_none();
}

}  // namespace
}  // namespace larder::support
