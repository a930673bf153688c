#include "support/fake_origin.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/http_client.h"

namespace larder::support {
namespace {

constexpr std::uint64_t kSize = 1'000'003;

class FakeOriginTest : public testing::Test {
 protected:
  FakeOriginTest() { origin_.put("/a.bin", {.seed = 5, .size = kSize}); }

  FakeOrigin origin_;
  HttpClient client_{origin_.address()};
};

TEST_F(FakeOriginTest, AnswersTheWholeObject) {
  const HttpResponse response = client_.fetch_checked("/a.bin?x=1", 5);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_TRUE(response.complete);
  EXPECT_FALSE(response.first_wrong);
  EXPECT_EQ(response.head.field("Content-Length"), "1000003");
  EXPECT_EQ(response.head.field("ETag"), "\"v1\"");
}

TEST_F(FakeOriginTest, AnswersARangeAndKeepsTheConnection) {
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = client_.fetch_checked("/a.bin", 5, 1000, 5001);
    EXPECT_EQ(response.status, 206);
    EXPECT_EQ(response.body_bytes, 4001u);
    EXPECT_FALSE(response.first_wrong);
    EXPECT_EQ(response.head.field("Content-Range"), "bytes 1000-5000/1000003");
  }
  EXPECT_EQ(origin_.connections_accepted(), 1u);
}

TEST_F(FakeOriginTest, RecordsRequests) {
  client_.fetch("/a.bin?q=1", {"Range: bytes=10-19", "X-Test: yes"});
  ASSERT_TRUE(origin_.wait_for_requests([](const auto& requests) { return requests.at(0).finished; }));
  const OriginRequest request = origin_.requests().at(0);
  EXPECT_EQ(request.target, "/a.bin?q=1");
  EXPECT_EQ(request.path, "/a.bin");
  EXPECT_EQ(request.query, "q=1");
  EXPECT_EQ(request.head.field("x-test"), "yes");
  EXPECT_EQ(request.range, (OriginRange{10, 20}));
  EXPECT_EQ(request.status, 206);
  EXPECT_EQ(request.body_bytes_sent, 10u);
  EXPECT_EQ(origin_.body_bytes_sent(), 10u);
}

TEST_F(FakeOriginTest, ParsesRanges) {
  EXPECT_EQ(parse_range("bytes=0-", 100), (OriginRange{0, 100}));
  EXPECT_EQ(parse_range("bytes=-10", 100), (OriginRange{90, 100}));
  EXPECT_EQ(parse_range("bytes=-1000", 100), (OriginRange{0, 100}));
  EXPECT_EQ(parse_range("bytes=90-200", 100), (OriginRange{90, 100}));
  EXPECT_EQ(parse_range("bytes=100-", 100), OriginRange{});
  EXPECT_EQ(parse_range("bytes=-0", 100), OriginRange{});
  EXPECT_EQ(parse_range("bytes=5-4", 100), std::nullopt);
  EXPECT_EQ(parse_range("bytes=-", 100), std::nullopt);
  EXPECT_EQ(parse_range("bytes=0-1,3-4", 100), std::nullopt);
  EXPECT_EQ(parse_range("", 100), std::nullopt);
}

TEST_F(FakeOriginTest, AnswersConditions) {
  EXPECT_EQ(client_.fetch("/a.bin", {"If-None-Match: \"v1\""}).status, 304);
  EXPECT_EQ(client_.fetch("/a.bin", {"If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT"}).status, 304);
  EXPECT_EQ(client_.fetch("/a.bin", {"If-Match: \"v2\""}).status, 412);
  EXPECT_EQ(client_.fetch("/a.bin", {"Range: bytes=0-9", "If-Range: \"v2\""}).status, 200);
  EXPECT_EQ(client_.fetch("/a.bin", {"Range: bytes=0-9", "If-Range: \"v1\""}).status, 206);
  EXPECT_EQ(client_.fetch("/a.bin", {"Range: bytes=2000000-"}).status, 416);
  EXPECT_EQ(client_.fetch("/none").status, 404);
  EXPECT_EQ(client_.fetch("/a.bin", {}, "HEAD").status, 200);
}

TEST_F(FakeOriginTest, CanPassOverRanges) {
  origin_.reply("/a.bin", {.ranges = false});
  const HttpResponse response = client_.fetch("/a.bin", {"Range: bytes=5-9"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body_bytes, kSize);
}

TEST_F(FakeOriginTest, SendsChunksOfOddSizes) {
  origin_.reply("/a.bin", {.framing = OriginReply::Framing::kChunked});
  const HttpResponse response = client_.fetch_checked("/a.bin", 5);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_TRUE(response.complete);
  EXPECT_FALSE(response.first_wrong);
  EXPECT_EQ(response.head.field("Content-Length"), "");
  EXPECT_EQ(client_.fetch("/a.bin", {"Range: bytes=0-0"}).status, 206) << "the connection stayed in step";
}

TEST_F(FakeOriginTest, SendsUntilItCloses) {
  origin_.reply("/a.bin", {.framing = OriginReply::Framing::kUntilClose});
  const HttpResponse response = client_.fetch_checked("/a.bin", 5);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_FALSE(response.first_wrong);
}

TEST_F(FakeOriginTest, TruncatesAndResets) {
  for (const auto ending : {OriginReply::Ending::kTruncate, OriginReply::Ending::kReset}) {
    origin_.reply("/a.bin", {.ending = ending, .ending_after = 1000});
    HttpClient client(origin_.address());
    const HttpResponse response = client.fetch_checked("/a.bin", 5);
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.complete);
    EXPECT_LE(response.body_bytes, 1000u);
    EXPECT_FALSE(response.first_wrong);
  }
}

TEST_F(FakeOriginTest, AGateHoldsBytesBack) {
  const auto gate = std::make_shared<Gate>(700);
  origin_.reply("/a.bin", {.gate = gate});
  ASSERT_TRUE(client_.send_request("GET", "/a.bin"));
  ASSERT_TRUE(gate->wait_for_arrival());
  EXPECT_EQ(origin_.body_bytes_sent(), 700u);
  gate->open();
  EXPECT_EQ(client_.read_response().body_bytes, kSize);
}

TEST_F(FakeOriginTest, EndsWhileConnectionsHang) {
  const auto gate = std::make_shared<Gate>();
  origin_.reply("/a.bin", {.gate = gate});
  origin_.reply("/b.bin", {.silent = true});
  HttpClient other(origin_.address());
  client_.send_request("GET", "/a.bin");
  other.send_request("GET", "/b.bin");
  EXPECT_TRUE(origin_.wait_for_requests([](const auto& requests) { return requests.size() == 2; }));
}

TEST_F(FakeOriginTest, AScriptSeesHowOftenItWasAsked) {
  origin_.script("/a.bin", [](const OriginRequest& request) {
    OriginReply reply;
    if (request.number == 0) reply.status = 503;
    if (request.number == 1) reply.object = {.seed = 6, .size = 10, .etag = "\"v2\""};
    return reply;
  });
  EXPECT_EQ(client_.fetch("/a.bin").status, 503);
  EXPECT_EQ(client_.fetch("/a.bin").head.field("ETag"), "\"v2\"");
  EXPECT_EQ(client_.fetch("/a.bin").head.field("ETag"), "\"v1\"");
}

TEST_F(FakeOriginTest, FieldsReplaceItsOwn) {
  origin_.reply("/a.bin", {.fields = {{"Content-Range", "bytes 5-9/77"}, {"ETag", ""}, {"Location", "/b"}}});
  const HttpResponse response = client_.fetch("/a.bin", {"Range: bytes=0-4"});
  EXPECT_EQ(response.head.field("Content-Range"), "bytes 5-9/77");
  EXPECT_EQ(response.head.count("ETag"), 0u);
  EXPECT_EQ(response.head.field("Location"), "/b");
}

TEST_F(FakeOriginTest, InterimAndRawHeadsGoOutAsTheyAre) {
  origin_.reply("/a.bin", {.interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"});
  EXPECT_EQ(client_.fetch_checked("/a.bin", 5, 0, 10).status, 206);
  origin_.reply("/a.bin", {.raw_head = "HTTP/1.1 299 Odd\r\nContent-Length: 1000003\r\n\r\n"});
  EXPECT_EQ(client_.fetch_checked("/a.bin", 5).status, 299);
}

TEST_F(FakeOriginTest, ServesManyClientsAtOnce) {
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&] {
      HttpClient client(origin_.address());
      const HttpResponse response = client.fetch_checked("/a.bin", 5);
      if (response.complete && !response.first_wrong) ++right;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 16);
}

TEST(FakeOrigin, LimitsTheRateOfAllConnections) {
  FakeOrigin origin({.bytes_per_second = 4'000'000});
  origin.put("/a.bin", {.seed = 5, .size = kSize});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(HttpClient(origin.address()).fetch_checked("/a.bin", 5).complete);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace larder::support
