// What [limits] promises of each client: whoever is over a limit of its own is told so, and nobody else notices.
#include <signal.h>

#include <array>
#include <optional>
#include <string>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSeed = 71;
constexpr std::uint64_t kLargeSize = 64 * kMiB;
const std::string kGreedy = "127.0.0.2";
const std::string kModest = "127.0.0.3";
const std::string kLarge = "/m/large.bin";
const std::string kPath = "/m/object.bin";

class ClientLimits : public NodeTest {
 protected:
  ClientLimits() {
    origin_.put(kPath, {.seed = kSeed, .size = kMiB});
    origin_.put(kLarge, {.seed = kSeed, .size = kLargeSize});
  }

  void start(const std::string& limits) {
    set(limits);
    node_.start();
  }
  void set(const std::string& limits, const std::string& unlimited = "[]") {
    node_.config().limits = limits + "\nunlimited_clients = " + unlimited + "\n";
  }

  double met(const std::string& limit) {
    return node_.metrics()["larder_node_client_limits_total{limit=\"" + limit + "\"}"];
  }
  int status_from(const std::string& address, const std::string& path) {
    HttpClient client = connect_from(address);
    return client.fetch_checked(target(path), kSeed, 0, 10).status;
  }
  /// On one connection all the time: it ends, as a request does, a moment after its client is done with it.
  void expect_modest_is_served() {
    if (!modest_) modest_.emplace(connect_from(kModest));
    expect_range(*modest_, kPath, kSeed, 0, 10);
  }

 private:
  std::optional<HttpClient> modest_;
};

TEST_F(ClientLimits, WhoHasTooManyConnectionsIsRefusedMore) {
  start("connections_per_client = 2");
  HttpClient first = connect_from(kGreedy);
  HttpClient second = connect_from(kGreedy);
  expect_range(first, kPath, kSeed, 0, 10);
  expect_range(second, kPath, kSeed, 0, 10);
  for (int i = 1; i <= 5; ++i) {
    HttpClient third = connect_from(kGreedy);
    third.send_request("GET", target(kPath));
    const HttpResponse response = third.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.head.field("Connection"), "close");
    EXPECT_TRUE(response.body.contains("your address has as many connections")) << response.body;
    EXPECT_EQ(met("connections"), i);
    expect_modest_is_served();
  }
  expect_range(first, kPath, kSeed, 10, 20);
  first.socket().close();
  EXPECT_TRUE(eventually([&] { return status_from(kGreedy, kPath) == 206; }));
}

TEST_F(ClientLimits, WhoHasTooManyRequestsOpenIsRefusedMore) {
  start("requests_per_client = 1");
  HttpClient reading = connect_from(kGreedy);
  reading.send_request("GET", target(kLarge));
  std::array<std::byte, 1> first_byte{};
  ASSERT_EQ(reading.socket().receive(first_byte), 1U);  // and no more: the response stays open

  HttpClient other = connect_from(kGreedy);
  for (int i = 1; i <= 5; ++i) {
    const HttpResponse response = other.fetch(target(kPath));
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.complete);
    EXPECT_TRUE(response.body.contains("as many requests under way")) << response.body;
    EXPECT_EQ(met("requests"), i);
    expect_modest_is_served();
  }
  reading.socket().reset();
  EXPECT_TRUE(eventually([&] { return other.fetch_checked(target(kPath), kSeed, 0, 10).status == 206; }));
}

TEST_F(ClientLimits, WhoAsksForTooManyNewObjectsGetsOnlyKnownOnes) {
  for (const char* path : {"/m/1", "/m/2", "/m/3"}) origin_.put(path, {.seed = kSeed, .size = 1000});
  start("new_objects_per_client = 2");
  EXPECT_EQ(status_from(kGreedy, "/m/1"), 206);
  EXPECT_EQ(status_from(kGreedy, "/m/2"), 206);
  HttpClient greedy = connect_from(kGreedy);
  const HttpResponse refused = greedy.fetch(target("/m/3"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.body.contains("as many new objects")) << refused.body;
  EXPECT_EQ(met("new_objects"), 1);

  expect_range(greedy, "/m/1", kSeed, 10, 20);
  EXPECT_EQ(status_from(kModest, "/m/3"), 206);
  expect_range(greedy, "/m/3", kSeed, 0, 10);  // known by now
}

TEST_F(ClientLimits, WhoTakesTooLittleIsCutOff) {
  node_.config().send_stall = "2s";  // which is what the rate is averaged over
  start("least_send_rate = \"2MB/s\"");
  HttpClient slow = connect_from(kGreedy);
  slow.socket().set_receive_buffer(64 << 10);
  slow.send_request("GET", target(kLarge));
  std::array<std::byte, 1 << 10> piece{};
  EXPECT_TRUE(eventually([&] { return !slow.socket().receive(piece); }));  // a piece in a millisecond, at most
  EXPECT_TRUE(eventually([&] { return met("send_rate") == 1; }));
  HttpClient modest = connect_from(kModest);
  expect_range(modest, kPath, kSeed, 0, kMiB);
  EXPECT_EQ(met("send_rate"), 1);
}

TEST_F(ClientLimits, AReloadMakesAClientUnlimited) {
  start("connections_per_client = 1");
  HttpClient first = connect_from(kGreedy);
  expect_range(first, kPath, kSeed, 0, 10);
  EXPECT_EQ(status_from(kGreedy, kPath), 503);

  set("connections_per_client = 1", "[\"127.0.0.2\"]");
  node_.write_config();
  node_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return status_from(kGreedy, kPath) == 206; }));
}

}  // namespace
}  // namespace larder::integration
