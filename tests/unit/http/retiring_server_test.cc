// A server whose sockets another process has too, and connections that were accepted elsewhere.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/page.h"
#include "http/server.h"
#include "net/loop.h"
#include "net/server_certificate.h"
#include "net/socket.h"
#include "support/certificate.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/temp_dir.h"

namespace larder::http {
namespace {

class Greeter final : public RequestHandler {
 public:
  Task<Persistence> handle(Exchange& exchange) override {
    const Page page = Page::text(200, "hello\n");
    co_return co_await send_page(exchange, page);
  }
  void refused(net::ByteStream&, const HeadProblem&) override {}
};

class Doorman final : public ConnectionObserver {
 public:
  bool admit(const net::IpAddress&, std::size_t) override { return true; }
  bool may_shake_hands(const net::IpAddress&) override { return true; }
  void dismiss(const net::IpAddress&) override {}
  bool is_unlimited(const net::IpAddress&) override { return false; }
};

class RetiringServer : public testing::Test {
 protected:
  RetiringServer() {
    Log::Options options{"test", folder_ / "log", Level::kInfo};
    log_ = *Log::open(options);
    server_ = std::make_unique<Server>(loop_, handler_, Server::Options(), connections_, observer_, *log_);
    auto socket = net::ListeningSocket::bind(net::parse_endpoint("127.0.0.1:0").value()).value();
    handed_on_ = std::make_unique<net::ListeningSocket>(socket.duplicate().value());
    endpoint_ = socket.local();
    EXPECT_TRUE(server_->listen_on(std::move(socket), nullptr));
  }

 public:
  ~RetiringServer() override {
    if (!runner_.joinable()) return;
    loop_.post([this] {
      server_->stop();
      server_->abort();
      server_->when_idle([this] { loop_.context().stop(); });
    });
    runner_.join();
  }

 protected:
  void start() {
    server_->start();
    runner_ = std::thread([this] { loop_.run(); });
  }
  /// Runs `work` on the server's loop.
  template <class Work>
  auto on_loop(Work work) {
    const auto task = std::make_shared<std::packaged_task<decltype(work())()>>(std::move(work));
    auto done = task->get_future();
    loop_.post([task] { (*task)(); });
    return done.get();
  }
  support::HttpClient client() const { return support::HttpClient(net::to_string(endpoint_)); }
  /// Whether a client waits in the kernel.
  bool has_queue() const {
    pollfd polled{handed_on_->descriptor(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
  }
  /// The client's end of a connection.
  static Descriptor dial(const net::ListeningSocket& at) {
    const net::SocketAddress address = net::to_socket_address(at.local());
    Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client.number(), address.get(), address.size), 0);
    return client;
  }

  support::TempDir folder_;
  std::unique_ptr<Log> log_;
  Greeter handler_;
  ConnectionLimit connections_;
  Doorman observer_;
  net::Loop loop_{"server"};
  net::Endpoint endpoint_;
  std::unique_ptr<net::ListeningSocket> handed_on_;  // as the successor has it
  std::unique_ptr<Server> server_;
  std::thread runner_;
};

TEST_F(RetiringServer, AnswersEachConnectionOnceMore) {
  connections_.limit = 100;
  start();
  auto idle = client();
  auto silent = client();
  EXPECT_EQ(idle.fetch("/").status, 200);
  ASSERT_TRUE(support::eventually([this] { return connections_.open == 2; }));

  on_loop([this] { server_->retire(); });

  for (support::HttpClient* one : {&idle, &silent}) {
    const auto last = one->fetch("/");
    EXPECT_EQ(last.status, 200);
    EXPECT_EQ(last.body, "hello\n");
    EXPECT_EQ(last.head.field("Connection"), "close");
    EXPECT_TRUE(one->peer_closes());
  }
}

TEST_F(RetiringServer, LeavesNewConnectionsToTheOtherProcess) {
  connections_.limit = 100;
  start();
  on_loop([this] { server_->retire(); });
  auto newcomer = client();
  EXPECT_TRUE(has_queue());
  const auto idle = std::make_shared<std::promise<void>>();
  on_loop([&] { server_->when_idle([idle] { idle->set_value(); }); });
  idle->get_future().wait();
  EXPECT_TRUE(has_queue()) << "its listener has closed, and has lost nobody";
}

TEST_F(RetiringServer, TellsOfTheSocketsThatItListensOn) {
  const auto files = support::make_certificate(folder_.path(), "node.test");
  auto certificate = *net::ServerCertificate::open(files.certificate, files.key, SystemClock().wall(), *log_);
  auto encrypted = net::ListeningSocket::bind(net::parse_endpoint("127.0.0.1:0").value()).value();
  const net::Endpoint at = encrypted.local();
  ASSERT_TRUE(server_->listen_on(std::move(encrypted), std::move(certificate)));
  const auto open = server_->sockets();
  ASSERT_EQ(open.size(), 2u);
  EXPECT_FALSE(open[0].tls);
  EXPECT_EQ(net::local_endpoint(open[0].descriptor), endpoint_);
  EXPECT_TRUE(open[1].tls);
  EXPECT_EQ(net::local_endpoint(open[1].descriptor), at);
}

TEST_F(RetiringServer, ServesWhatWasAcceptedElsewhereAtItsAddress) {
  connections_.limit = 100;
  start();
  auto elsewhere = net::ListeningSocket::bind(net::parse_endpoint("127.0.0.1:0").value()).value();
  ASSERT_TRUE(elsewhere.begin());
  const Descriptor dialled = dial(elsewhere);
  net::SocketAddress peer;
  Descriptor accepted(::accept4(elsewhere.descriptor(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  ASSERT_GE(accepted.number(), 0);
  const net::Endpoint from = net::to_endpoint(peer);

  EXPECT_FALSE(on_loop([&] { return server_->take_in(accepted, elsewhere.local(), from); })) << "not its address";
  ASSERT_GE(accepted.number(), 0) << "it stays the caller's";
  EXPECT_TRUE(on_loop([&] { return server_->take_in(accepted, endpoint_, from); }));
  EXPECT_EQ(accepted.number(), -1);

  const support::Socket client(::fcntl(dialled.number(), F_DUPFD_CLOEXEC, 0));
  client.limit_receive(support::kPatience);
  ASSERT_TRUE(client.send_all("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  std::string answer;
  std::array<std::byte, 1024> buffer{};
  while (const auto count = client.receive(buffer).value_or(0)) {
    answer.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
}

TEST_F(RetiringServer, TakesNothingInAnyMore) {
  connections_.limit = 100;
  start();
  on_loop([this] { server_->retire(); });
  Descriptor accepted(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  EXPECT_FALSE(on_loop([&] { return server_->take_in(accepted, endpoint_, endpoint_); }));
  EXPECT_GE(accepted.number(), 0);
}

}  // namespace
}  // namespace larder::http
