// An origin with fewer connections than there are requests for it: who has to wait, for how long, and what comes of it.
#include <algorithm>
#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kLarge = 8 * kSlice;
constexpr std::uint64_t kSmall = 1000;
constexpr std::uint64_t kSeed = 61;
const std::string kPath = "/busy/large.bin";

class BusyOrigin : public NodeTest {
 public:
  ~BusyOrigin() override { gate_->open(); }

 protected:
  BusyOrigin() { origin_.put(kPath, {.seed = kSeed, .size = kLarge}); }

  /// Each of the node's loops may have so many connections to the origin.
  void start(std::size_t connections_a_loop) {
    const std::size_t loops = std::max(1U, std::thread::hardware_concurrency());
    node_.config().origin = "connections_per_origin = " + std::to_string(connections_a_loop * loops);
    node_.start();
  }
  /// Whose bytes the origin holds back until the gate opens.
  HttpClient ask_for_large() {
    OriginReply held;
    held.gate = gate_;
    origin_.reply(kPath, held);
    HttpClient client = connect();
    EXPECT_TRUE(client.send_request("GET", target(kPath)));
    return client;
  }
  /// Every other slice is there: a client of all of it waits for one request to the origin, and three are read ahead.
  HttpClient ask_for_large_with_gaps() {
    HttpClient client = connect();
    for (std::uint64_t at = 0; at < kLarge; at += 2 * kSlice) expect_range(client, kPath, kSeed, at, at + kSlice);
    return ask_for_large();
  }
  /// On a connection of its own, which any loop may have.
  HttpClient ask_for_small() {
    const std::string path = "/busy/" + std::to_string(small_++) + ".bin";
    origin_.put(path, {.seed = kSeed, .size = kSmall});
    HttpClient client = connect();
    EXPECT_TRUE(client.send_request("GET", target(path)));
    return client;
  }
  void expect_small(HttpClient& client) {
    const HttpResponse response = client.read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.body_bytes, kSmall);
  }
  void expect_large(HttpClient& client) {
    const HttpResponse response = client.read_checked(kSeed, 0);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.body_bytes, kLarge);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
  double waiting(const std::string& urgency) const {
    const auto metrics = node_.metrics();
    const auto found = metrics.find("larder_origin_requests_waiting{urgency=\"" + urgency + "\"}");
    return found == metrics.end() ? -1 : found->second;
  }

  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();

 private:
  int small_ = 0;
};

TEST_F(BusyOrigin, WhatIsReadAheadDoesNotKeepAFirstByteWaiting) {
  start(4);
  HttpClient large = ask_for_large_with_gaps();
  ASSERT_TRUE(eventually([&] { return waiting("read_ahead") > 0; }));
  // None of the large object's requests comes to an end. Of so many clients some are on its loop.
  for (int i = 0; i < 20; ++i) {
    HttpClient small = ask_for_small();
    expect_small(small);
  }
  gate_->open();
  expect_large(large);
  EXPECT_EQ(waiting("read_ahead"), 0);
}

TEST_F(BusyOrigin, WhatIsReadAheadAndGetsNoConnectionIsAskedForAgainWhenItIsNeeded) {
  node_.config().connect_timeout = "100ms";
  node_.config().first_byte_timeout = "3s";
  start(1);
  HttpClient large = ask_for_large_with_gaps();
  ASSERT_TRUE(eventually([&] { return waiting("read_ahead") > 0; }));
  ASSERT_TRUE(eventually([&] { return waiting("read_ahead") == 0; }));
  gate_->open();
  expect_large(large);
  EXPECT_EQ(sum_of(node_.metrics(), "larder_origin_fills_failed_total"), 0) << "nobody has missed it";
}

// The fill that a client waits for gives up sooner than the client.
TEST_F(BusyOrigin, NobodyIsRefusedBeforeTheirTimeAsAllConnectionsAreInUse) {
  node_.config().connect_timeout = "100ms";
  node_.config().first_byte_timeout = "3s";
  start(1);
  HttpClient large = ask_for_large();
  ASSERT_TRUE(gate_->wait_for_arrival());
  // One at a time: on another loop it is answered at once, on the large object's nobody answers it.
  std::optional<HttpClient> refused;
  while (!refused) {
    HttpClient small = ask_for_small();
    bool answered = false;
    ASSERT_TRUE(eventually([&] {
      answered = small.socket().wait_readable(std::chrono::seconds(0));
      return answered || node_.has_logged("all connections to");
    }));
    if (answered) {
      expect_small(small);
    } else {
      refused = std::move(small);
    }
  }
  gate_->open();
  expect_small(*refused);
  expect_large(large);
}

}  // namespace
}  // namespace larder::integration
