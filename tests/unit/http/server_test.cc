#include "http/server.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/page.h"
#include "net/server_certificate.h"
#include "net/tls_context.h"
#include "support/certificate.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/socket.h"
#include "support/task_fixture.h"
#include "support/temp_dir.h"

namespace larder::http {
namespace {

using support::as_bytes;
using support::read_to_end;

class Hello final : public RequestHandler {
 public:
  Task<Persistence> handle(Exchange& exchange) override {
    const Page page = Page::text(200, "hello\n");
    co_return co_await send_page(exchange, page);
  }
  Refusal refusal(const HeadProblem& problem) const override {
    return {"application/test", "<" + problem.text + ">", "GET"};
  }
  void refused(net::ByteStream&, const HeadProblem&) override {}
};

// Bouncer: lets so many connections of each address in.
class Bouncer final : public ConnectionObserver {
 public:
  bool admit(const net::IpAddress& client, std::size_t) override {
    if (inside_[client] >= each) return false;
    ++inside_[client];
    return true;
  }
  bool may_shake_hands(const net::IpAddress&) override { return shakes_hands; }
  void dismiss(const net::IpAddress& client) override { --inside_[client]; }
  bool is_unlimited(const net::IpAddress& client) override { return client == unlimited; }

  int each = 1000;
  bool shakes_hands = true;
  net::IpAddress unlimited;  // by default nobody

 private:
  std::map<net::IpAddress, int> inside_;
};

class ServerTest : public support::TaskFixture {
 public:
  ~ServerTest() override {
    loop_.post([this] {
      server_->stop();
      server_->abort();
      server_->when_idle([this] { loop_.context().stop(); });
    });
    runner_.join();
  }

 protected:
  ServerTest() {
    Log::Options options{"test", folder_ / "log", Level::kInfo};
    log_ = *Log::open(options);
  }

  void start(std::size_t limit, std::shared_ptr<const net::ServerCertificate> certificate = nullptr) {
    connections_.limit = limit;
    Server::Options options;
    options.busy = "full";
    options.not_admitted = "enough";
    server_ = std::make_unique<Server>(loop_, handler_, options, connections_, observer_, *log_);
    endpoint_ = *server_->listen(*net::parse_endpoint("127.0.0.1:0"), std::move(certificate));
    server_->start();
    runner_ = std::thread([this] { loop_.run(); });
  }
  std::shared_ptr<const net::ServerCertificate> certificate() {
    const auto files = support::make_certificate(folder_.path(), "node.test");
    return *net::ServerCertificate::open(files.certificate, files.key, SystemClock().wall(), *log_);
  }
  std::unique_ptr<net::ByteStream> dial() {
    return *run(net::dial(executor(), sweeper_, endpoint_, SteadyTime::max()));
  }
  Result<std::unique_ptr<net::ByteStream>> dial_tls() {
    auto trusting = *net::TlsContext::client(std::nullopt, false);
    return run(net::dial_tls(executor(), sweeper_, endpoint_, std::move(trusting), "node.test", SteadyTime::max()));
  }
  std::string first_bytes(net::ByteStream& client) {
    std::array<std::byte, 16> bytes{};
    const auto count = run(client.read_some(bytes));
    return {reinterpret_cast<const char*>(bytes.data()), count.value_or(0)};
  }

  support::TempDir folder_;
  std::unique_ptr<Log> log_;
  Hello handler_;
  ConnectionLimit connections_;
  Bouncer observer_;
  net::Loop loop_{"server"};
  net::Endpoint endpoint_;
  std::unique_ptr<Server> server_;
  std::thread runner_;
};

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(ServerTest, WhoeverIsBeyondTheLimitIsToldInTheHandlersWords) {
  start(1);
  const auto first = dial();
  ASSERT_TRUE(run(first->write_all(as_bytes(kGet))));
  EXPECT_EQ(first_bytes(*first), "HTTP/1.1 200 OK\r");
  // A request that is larger than what the kernel takes in: closing at once would reset the connection.
  const auto second = dial();
  ASSERT_TRUE(run(second->write_all(as_bytes("GET / HTTP/1.1\r\nX: " + std::string(150'000, 'x')))));
  const std::string answer = run(read_to_end(*second));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n<full>")) << answer;
}

TEST_F(ServerTest, WhoeverIsNotAdmittedIsToldUntilAnotherOfItsConnectionsEnds) {
  observer_.each = 1;
  start(100);
  const auto first = dial();
  ASSERT_TRUE(run(first->write_all(as_bytes(kGet))));
  EXPECT_EQ(first_bytes(*first), "HTTP/1.1 200 OK\r");
  const auto second = dial();
  const std::string answer = run(read_to_end(*second));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n<enough>")) << answer;

  first->close();
  EXPECT_TRUE(support::eventually([&] {
    const auto third = dial();
    return run(third->write_all(as_bytes(kGet))) && first_bytes(*third) == "HTTP/1.1 200 OK\r";
  }));
}

TEST_F(ServerTest, WhereFewConnectionsAreAllowedFewAreTurnedAwayWithCare) {
  start(8);
  std::vector<std::unique_ptr<net::ByteStream>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(dial());
    ASSERT_TRUE(run(clients.back()->write_all(as_bytes(kGet))));
    EXPECT_EQ(first_bytes(*clients.back()), "HTTP/1.1 200 OK\r");
  }
  connections_.leaving = 8;  // the least
  EXPECT_EQ(first_bytes(*dial()), "");
  connections_.leaving = 0;
  EXPECT_EQ(first_bytes(*dial()), "HTTP/1.1 503 Ser");
}

TEST_F(ServerTest, TheLimitHoldsWhenManyComeAtOnce) {
  start(5);
  std::vector<std::unique_ptr<net::ByteStream>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(dial());
    ASSERT_TRUE(run(clients.back()->write_all(as_bytes(kGet))));
  }
  int served = 0;
  for (const auto& client : clients) served += first_bytes(*client) == "HTTP/1.1 200 OK\r" ? 1 : 0;
  EXPECT_EQ(served, 5);
}

// A client of an address of its own, on a connection that stays.
struct Guest {
  Guest(const net::Endpoint& server, const std::string& from)
      : client(std::make_unique<support::HttpClient>(net::to_string(server), nullptr, from + ":0")) {}
  /// The status; 0 at the connection's end.
  int ask() const { return client->fetch("/").status; }

  std::unique_ptr<support::HttpClient> client;
};

TEST_F(ServerTest, ANewcomerFindsThePlaceOfAnIdleConnectionOfWhoHasTheMost) {
  start(6);
  std::vector<Guest> crowd;
  for (int i = 0; i < 5; ++i) crowd.emplace_back(endpoint_, "127.0.0.2");
  const Guest other(endpoint_, "127.0.0.3");
  for (const Guest& one : crowd) EXPECT_EQ(one.ask(), 200);
  EXPECT_EQ(other.ask(), 200);

  const Guest newcomer(endpoint_, "127.0.0.4");
  EXPECT_EQ(newcomer.ask(), 200);
  EXPECT_EQ(crowd.front().ask(), 0) << "the one that was idle for the longest";
  EXPECT_EQ(crowd.back().ask(), 200);
  EXPECT_EQ(other.ask(), 200);
}

TEST_F(ServerTest, ANewcomerFindsThePlaceOfAHeadThatDoesNotEnd) {
  start(4);
  std::vector<Guest> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back(endpoint_, "127.0.0.2");
    EXPECT_EQ(crowd.back().ask(), 200);
    crowd.back().client->send("GET / HTTP/1.1\r\n");
  }
  EXPECT_EQ(Guest(endpoint_, "127.0.0.4").ask(), 200);
}

TEST_F(ServerTest, ANewcomerFindsThePlaceOfWhoWasRefusedAndStays) {
  start(4);
  std::vector<Guest> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back(endpoint_, "127.0.0.2");
    crowd.back().client->send("BAD\r\n\r\n");
    EXPECT_EQ(crowd.back().client->read_response().status, 400);
  }
  EXPECT_EQ(Guest(endpoint_, "127.0.0.4").ask(), 200);
}

TEST_F(ServerTest, ACrowdTakesNobodysPlace) {
  start(3);
  std::vector<Guest> crowd;
  for (int i = 0; i < 2; ++i) crowd.emplace_back(endpoint_, "127.0.0.2");
  const Guest other(endpoint_, "127.0.0.3");
  for (const Guest& one : crowd) EXPECT_EQ(one.ask(), 200);
  EXPECT_EQ(other.ask(), 200);
  EXPECT_EQ(Guest(endpoint_, "127.0.0.2").ask(), 503);
  EXPECT_EQ(other.ask(), 200);
}

TEST_F(ServerTest, ANewcomerFindsThePlaceOfAHandshakeThatDoesNotGoOn) {
  start(3, certificate());
  std::vector<support::Socket> crowd;
  for (int i = 0; i < 2; ++i) crowd.push_back(support::Socket::connect(net::to_string(endpoint_), "127.0.0.2:0"));
  crowd.front().send_all("\x16\x03\x01\x02");
  const auto staying = dial_tls();  // the crowd's handshakes have begun by then
  ASSERT_TRUE(staying) << staying.error().text;
  const auto newcomer = dial_tls();
  EXPECT_TRUE(newcomer) << newcomer.error().text;
  ASSERT_TRUE(run((*staying)->write_all(as_bytes(kGet))));
  EXPECT_EQ(first_bytes(**staying), "HTTP/1.1 200 OK\r");
}

TEST_F(ServerTest, WhoHasNoLimitsFindsThePlaceOfAConnectionOfItsOwn) {
  observer_.unlimited = *net::parse_address("127.0.0.2");
  start(3);
  std::vector<Guest> proxy;
  for (int i = 0; i < 3; ++i) proxy.emplace_back(endpoint_, "127.0.0.2");
  for (const Guest& one : proxy) EXPECT_EQ(one.ask(), 200);
  EXPECT_EQ(Guest(endpoint_, "127.0.0.2").ask(), 200);
  EXPECT_EQ(proxy.front().ask(), 0);
  EXPECT_EQ(proxy.back().ask(), 200);
}

TEST_F(ServerTest, WhoMayNotShakeHandsIsLeftBeforeThat) {
  observer_.shakes_hands = false;
  start(100, certificate());
  const auto guest = support::Socket::connect(net::to_string(endpoint_));
  guest.limit_receive(support::kPatience);
  std::array<std::byte, 1> byte{};
  EXPECT_EQ(guest.receive(byte), std::optional<std::size_t>(0));
  EXPECT_EQ(connections_.open, 0U);
}

}  // namespace
}  // namespace larder::http
