// Connections of clients: kept, pipelined, closed when asked, and not upset by how bytes are cut into packets.
#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 5 * kMiB + 77;
constexpr std::uint64_t kSeed = 23;
const std::string kPath = "/i/object.bin";

class Connections : public NodeTest {
 protected:
  Connections() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.start();
  }
};

TEST_F(Connections, ServeOneRequestAfterAnother) {
  HttpClient client = connect();
  for (std::uint64_t i = 0; i < 100; ++i) expect_range(client, kPath, kSeed, i * 50'000, i * 50'000 + 1000);
  EXPECT_EQ(client.fetch(target("/none")).status, 404);
  EXPECT_EQ(client.fetch("/refused?cacheHostOrigin=evil.example").status, 403);
  EXPECT_EQ(client.fetch(target(kPath), {"Range: bytes=99999999-"}).status, 416);
  expect_range(client, kPath, kSeed, 0, kSize);
}

TEST_F(Connections, AnswerPipelinedRequestsInOrder) {
  HttpClient client = connect();
  const auto begin_of = [](std::uint64_t i) { return i * 163'841 % (kSize - 70'000); };
  const auto size_of = [](std::uint64_t i) { return i % 3 == 0 ? 70'000 : 1 + i; };
  constexpr std::uint64_t kCount = 60;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const std::string last = std::to_string(begin_of(i) + size_of(i) - 1);
    client.send_request("GET", target(kPath), {"Range: bytes=" + std::to_string(begin_of(i)) + "-" + last});
  }
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const HttpResponse response = client.read_checked(kSeed, begin_of(i));
    EXPECT_EQ(response.status, 206) << i;
    EXPECT_EQ(response.body_bytes, size_of(i)) << i;
    EXPECT_EQ(response.first_wrong, std::nullopt) << i;
  }
}

TEST_F(Connections, TakeARequestByteByByte) {
  HttpClient client = connect();
  const std::string request = "GET " + target(kPath) + " HTTP/1.1\r\nHost: node\r\nRange: bytes=5-9\r\n\r\n";
  for (const char byte : request) ASSERT_TRUE(client.send(std::string_view(&byte, 1)));
  EXPECT_EQ(client.read_checked(kSeed, 5).body_bytes, 5u);
}

TEST_F(Connections, CloseWhenTheClientWantsThat) {
  HttpClient client = connect();
  const HttpResponse response = client.fetch(target(kPath), {"Range: bytes=5-9", "Connection: close"});
  EXPECT_EQ(response.body_bytes, 5u);
  EXPECT_EQ(response.head.field("Connection"), "close");
  EXPECT_TRUE(client.peer_closes());
}

TEST_F(Connections, OfHttp10AreClosedUnlessAskedToStay) {
  HttpClient client = connect();
  client.send("GET " + target(kPath) + " HTTP/1.0\r\nRange: bytes=5-9\r\n\r\n");
  EXPECT_EQ(client.read_checked(kSeed, 5).body_bytes, 5u);
  EXPECT_TRUE(client.peer_closes());

  HttpClient staying = connect();
  for (int i = 0; i < 2; ++i) {
    staying.send("GET " + target(kPath) + " HTTP/1.0\r\nConnection: keep-alive\r\nRange: bytes=5-9\r\n\r\n");
    const HttpResponse response = staying.read_checked(kSeed, 5);
    EXPECT_EQ(response.body_bytes, 5u);
    EXPECT_TRUE(same_name(response.head.field("Connection"), "keep-alive"));
  }
}

TEST_F(Connections, HalfClosedByTheClientStillGetTheirAnswer) {
  HttpClient client = connect();
  client.send_request("GET", target(kPath));
  client.socket().shut_down_sending();
  const HttpResponse response = client.read_checked(kSeed, 0);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_EQ(response.first_wrong, std::nullopt);
}

TEST_F(Connections, AFillFinishesItsSliceWhenItsClientLeaves) {
  const auto gate = std::make_shared<Gate>(1000);
  origin_.reply(kPath, {.gate = gate});
  {
    HttpClient leaving = connect();
    leaving.send_request("GET", target(kPath), {"Range: bytes=0-1048575"});
    ASSERT_TRUE(gate->wait_for_arrival());
  }
  gate->open();
  ASSERT_TRUE(eventually([&] { return origin_.body_bytes_sent() >= kSlice; }));
  HttpClient client = connect();
  expect_range(client, kPath, kSeed, 0, kSlice);
  EXPECT_EQ(slices_of(origin_.requests(kPath)).count(0), 1u);
}

TEST_F(Connections, AClientThatDoesNotReadHoldsNobodyUp) {
  HttpClient lazy = connect();
  for (int i = 0; i < 20; ++i) lazy.send_request("GET", target(kPath));
  expect_whole(kPath, kSeed, kSize);
  for (int i = 0; i < 20; ++i) {
    const HttpResponse response = lazy.read_checked(kSeed, 0);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(response.first_wrong, std::nullopt);
  }
}

TEST_F(Connections, OriginConnectionsAreKept) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    const std::string path = "/i/" + std::to_string(i);
    origin_.put(path, {.seed = i, .size = 1000});
    expect_whole(path, i, 1000);
  }
  EXPECT_LE(origin_.connections_accepted(), 8u);
}

}  // namespace
}  // namespace larder::integration
