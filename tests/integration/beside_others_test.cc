// What comes too late, or is asked for by others in other words or with nothing left of their share, costs nobody else
// anything.
#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "node_test.h"

namespace larder::integration {
namespace {

const std::string kChanging = "changing.example.com";
const std::string kPath = "/beside/object.bin";

OriginObject numbered(std::uint64_t n, std::uint64_t size) {
  return {.seed = n, .size = size, .etag = fmt::format("\"v{}\"", n)};
}

class BesideOthers : public NodeTest {
 protected:
  BesideOthers() {
    allow_refetch(std::uint64_t{1} << 40);
    node_.config().tables =
        "[[origin.rule]]\nname = \"changing\"\nhosts = [\"changing.example.com\", \"*.many.example\"]\n"
        "fresh = \"0s\"\nquery_in_key = false\n";
    serve(kChanging);
  }

  void serve(const std::string& host) {
    node_.config().resolve.emplace_back(host, origin_.address());
    auditor().serves(host);
    auditor().allow_age({.host = host, .path = "", .query = ""}, {.age = std::chrono::minutes(1)});
  }
  HttpClient ask(HttpClient client, const std::string& path, const std::string& host = kChanging) {
    EXPECT_TRUE(client.send_request("GET", target(path, host)));
    return client;
  }
  static void wait_for_answer(HttpClient& client) {
    ASSERT_TRUE(eventually([&] { return client.socket().wait_readable(std::chrono::seconds(0)); }));
  }
  static void expect_all_of(HttpClient& client, std::uint64_t seed, std::uint64_t size) {
    const HttpResponse response = client.read_checked(seed, 0);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body_bytes, size);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
  std::size_t asked_with(const std::string& query) {
    const std::vector<OriginRequest> all = origin_.requests(kPath);
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const OriginRequest& each) { return each.query.contains(query); }));
  }
};

// An edge that is asked about version 1, and says so late that somebody else has been given version 2.
TEST_F(BesideOthers, ALateConfirmationDoesNotBringTheReplacedVersionBack) {
  constexpr std::uint64_t kSize = 12 * kMiB;
  const auto late = std::make_shared<Gate>();
  const auto body = std::make_shared<Gate>(kMiB / 2);
  origin_.put(kPath, numbered(1, kSize));
  node_.start();
  EXPECT_EQ(connect().fetch_checked(target(kPath, kChanging), 1, 0, 100).status, 206);
  origin_.put(kPath, numbered(2, kSize));
  const auto asked = std::make_shared<std::atomic<bool>>(false);
  origin_.script(kPath, [=](const OriginRequest& request) {
    OriginReply reply;
    if (request.query.contains("late") && !asked->exchange(true)) {
      reply.head_gate = late;
      reply.object = numbered(1, kSize);
    } else {
      reply.gate = body;
    }
    return reply;
  });
  HttpClient first = ask(connect(), kPath + "?sig=late");
  ASSERT_TRUE(late->wait_for_arrival());
  HttpClient second = ask(connect(), kPath + "?sig=good");
  wait_for_answer(second);
  late->open();
  wait_for_answer(first);
  body->open();
  expect_all_of(second, 2, kSize);
  expect_all_of(first, 2, kSize);
}

// Two who are refused come first: the others ask one after the other, and the first who gets it has it for all.
TEST_F(BesideOthers, AFewRefusalsDoNotSendAHerdToTheOrigin) {
  constexpr std::uint64_t kSize = 3 * kMiB;
  node_.config().listen = "threads = 1";
  const auto gate = std::make_shared<Gate>();
  origin_.put(kPath, numbered(1, kSize));
  origin_.script(kPath, [=](const OriginRequest& request) {
    OriginReply reply;
    if (!request.query.contains("bad")) return reply;
    reply.status = 403;
    reply.head_gate = gate;
    return reply;
  });
  node_.start();
  std::vector<HttpClient> bad;
  for (int i = 0; i < 3; ++i) {
    bad.push_back(ask(connect(), kPath + fmt::format("?sig=bad{}", i), kHost));
    ASSERT_TRUE(gate->wait_for_arrival());
  }
  std::vector<HttpClient> good;
  for (int i = 0; i < 30; ++i) good.push_back(ask(connect(), kPath + fmt::format("?sig=good{}", i), kHost));
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_node_connections") >= 33; }));
  gate->open();
  EXPECT_EQ(bad.front().read_response().status, 403);
  for (HttpClient& client : good) expect_all_of(client, 1, kSize);
  EXPECT_EQ(asked_with("good"), 1U);
}

TEST_F(BesideOthers, WhatAClientWithoutMemoryAsksForFirstIsThereForOthers) {
  constexpr std::uint64_t kSize = kMiB;
  node_.config().fill_memory = "16MiB";
  node_.config().limits = "unlimited_clients = []";
  const auto held = std::make_shared<Gate>(kMiB / 2);
  std::vector<std::string> hosts;
  for (int i = 0; i < 14; ++i) {
    hosts.push_back(fmt::format("h{}.many.example", i));
    serve(hosts.back());
  }
  origin_.put("/held.bin", numbered(3, kSize));
  origin_.script("/held.bin", [=](const OriginRequest&) {
    OriginReply reply;
    reply.gate = held;
    return reply;
  });
  origin_.put(kPath, numbered(1, kSize));
  node_.start();
  std::vector<HttpClient> greedy;
  for (const std::string& host : hosts) greedy.push_back(ask(connect_from("127.0.0.2"), "/held.bin", host));
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_node_fills_waiting") >= 3; }));
  greedy.push_back(ask(connect_from("127.0.0.2"), kPath));
  ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_node_fills_waiting") >= 4; }));
  HttpClient other = ask(connect_from("127.0.0.3"), kPath + "?sig=other");
  expect_all_of(other, 1, kSize);
  held->open();
  for (HttpClient& client : greedy) {
    EXPECT_EQ(client.read_response().status, 200);
  }
}

// Somebody reads the beginning of a body that has no end, slowly; a range far behind must not bring all between.
TEST_F(BesideOthers, AFarRangeOfABodyWithoutEndDoesNotMakeItRunAhead) {
  constexpr std::uint64_t kEndless = 20 * kGiB;
  origin_.put(kPath, numbered(1, kEndless));
  origin_.script(kPath, [=](const OriginRequest& request) {
    OriginReply reply;
    reply.framing = OriginReply::Framing::kChunked;
    reply.ranges = request.query.contains("far");  // this one it could give
    return reply;
  });
  node_.start();
  HttpClient slow = ask(connect(), kPath + "?sig=slow");
  wait_for_answer(slow);
  const auto sent = [this] {
    const std::vector<OriginRequest> all = origin_.requests(kPath);
    return all.empty() ? std::uint64_t{0} : all.front().body_bytes_sent;
  };
  HttpClient far = connect();
  const std::uint64_t begin = 19 * kGiB;
  far.send_request("GET", target(kPath + "?sig=far", kChanging),
                   {"Range: bytes=" + std::to_string(begin) + "-" + std::to_string(begin + 99)});
  const HttpResponse response = far.read_checked(1, begin);
  EXPECT_EQ(response.status, 206) << response.body;
  EXPECT_EQ(response.body_bytes, 100U);
  EXPECT_LT(sent(), kGiB / 2) << "an eighth of the drive ahead of who reads, at most";
}

TEST_F(BesideOthers, AHeadFetchesNoMoreThanASlice) {
  origin_.put(kPath, numbered(1, 20 * kMiB));
  node_.start();
  HttpClient client = connect();
  ASSERT_TRUE(client.send_request("HEAD", target(kPath, kChanging)));
  EXPECT_EQ(client.read_response("HEAD").status, 200);
  EXPECT_LE(origin_.body_bytes_sent(), kMiB);
}

}  // namespace
}  // namespace larder::integration
