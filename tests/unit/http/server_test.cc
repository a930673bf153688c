#include "http/server.h"

#include <array>
#include <map>
#include <string>

#include "http/page.h"
#include "support/eventually.h"
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
  bool admit(const net::IpAddress& client) override {
    if (inside_[client] >= each) return false;
    ++inside_[client];
    return true;
  }
  void dismiss(const net::IpAddress& client) override { --inside_[client]; }

  int each = 1000;

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

  void start(std::size_t limit) {
    connections_.limit = limit;
    Server::Options options;
    options.busy = "full";
    options.not_admitted = "enough";
    server_ = std::make_unique<Server>(loop_, handler_, options, connections_, observer_, *log_);
    endpoint_ = *server_->listen(*net::parse_endpoint("127.0.0.1:0"), nullptr);
    server_->start();
    runner_ = std::thread([this] { loop_.run(); });
  }
  std::unique_ptr<net::ByteStream> dial() {
    return *run(net::dial(executor(), sweeper_, endpoint_, SteadyTime::max()));
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

}  // namespace
}  // namespace larder::http
