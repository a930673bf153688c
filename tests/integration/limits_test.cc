// What [limits] promises: a rate, a number of connections, and time-outs.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 3 * kMiB;
constexpr std::uint64_t kSeed = 52;
const std::string kPath = "/m/object.bin";

class Limits : public NodeTest {
 protected:
  Limits() { origin_.put(kPath, {.seed = kSeed, .size = kSize}); }

  void start(const std::string& limits = "") {
    node_.config().limits = limits + "\n";
    node_.start();
  }
};

// Only "not more" is asserted, so a slow machine cannot make it fail; without a limit this takes milliseconds.
TEST_F(Limits, AllClientsTogetherGetNoMoreThanTheEgressLimit) {
  constexpr std::uint64_t kRate = 20'000'000;  // bytes a second
  constexpr std::uint64_t kStep = 256 * kKiB;  // what a loop may send at once after a pause
  start("egress = \"20MB/s\"");
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] { expect_whole(kPath, kSeed, kSize); });
  }
  for (std::thread& client : clients) client.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const std::uint64_t loops = std::max(1U, std::thread::hardware_concurrency());
  EXPECT_LE(static_cast<double>(3 * kSize - (loops + 1) * kStep), took.count() * static_cast<double>(kRate));
}

TEST_F(Limits, ARateThatIsTakenAwayIsNoLongerWaitedFor) {
  start("egress = \"10kB/s\"");  // minutes for this object
  std::atomic<std::uint64_t> received = 0;
  std::thread slow([&] {
    HttpClient client = connect();
    client.send_request("GET", target(kPath));
    client.read_response("GET", [&](std::span<const std::byte> bytes) { received += bytes.size(); });
  });
  EXPECT_TRUE(eventually([&] { return received > 0; }));
  EXPECT_LT(received, kSize);
  node_.config().limits.clear();
  node_.write_config();
  node_.signal(SIGHUP);
  slow.join();
  EXPECT_EQ(received, kSize);
}

TEST_F(Limits, TheClientBeyondTheLimitIsToldSoWhateverItSends) {
  start(
      "connections = 2\nunlimited_clients = []");  // so one for each, and nobody gets another's place for a second one
  HttpClient first = connect();
  HttpClient second = connect_from("127.0.0.2");
  expect_range(first, kPath, kSeed, 0, 10);
  expect_range(second, kPath, kSeed, 0, 10);
  for (int i = 0; i < 20; ++i) {
    HttpClient third = connect();
    third.send("GET " + target(kPath) + " HTTP/1.1\r\nX: " + std::string(150'000, 'x'));
    const HttpResponse response = third.read_response();
    EXPECT_EQ(response.status, 503);
    EXPECT_TRUE(response.complete);
    EXPECT_TRUE(response.body.contains("as many connections as it may have")) << response.body;
    EXPECT_EQ(response.head.field("Connection"), "close");
  }
  expect_range(first, kPath, kSeed, 10, 20);
  first.socket().close();
  EXPECT_TRUE(eventually([&] { return connect().fetch(target(kPath)).status == 200; }));
}

TEST_F(Limits, AnIdleConnectionIsClosed) {
  node_.config().idle = "200ms";
  start();
  HttpClient silent = connect();
  EXPECT_TRUE(silent.peer_closes());
  // The request of a busy machine may come too late.
  std::optional<HttpClient> used;
  EXPECT_TRUE(eventually([&] {
    used.emplace(connect());
    return used->fetch_checked(target(kPath), kSeed, 0, 10).complete;
  }));
  EXPECT_TRUE(used->peer_closes());
}

TEST_F(Limits, AHeadThatTakesTooLongIsAnswered408) {
  node_.config().head = "200ms";
  start();
  HttpClient slow = connect();
  slow.send("GET " + target(kPath) + " HTTP/1.1\r\nHo");
  const HttpResponse response = slow.read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_TRUE(response.complete);
  EXPECT_TRUE(slow.peer_closes());
}

TEST_F(Limits, AClientThatTakesNothingIsCutOff) {
  origin_.put("/m/large.bin", {.seed = kSeed, .size = 64 * kMiB});
  node_.config().send_stall = "200ms";
  start();
  HttpClient lazy = connect();
  lazy.send_request("GET", target("/m/large.bin"));
  EXPECT_FALSE(node_.wait_for_access_records(1).empty());  // the answer is over, although nobody took it
  EXPECT_FALSE(lazy.read_checked(kSeed, 0).complete);
  HttpClient small = connect();
  expect_range(small, kPath, kSeed, 0, 10);  // as much as nobody has to wait for
}

}  // namespace
}  // namespace larder::integration
