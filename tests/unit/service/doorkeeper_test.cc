#include "service/doorkeeper.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "support/eventually.h"
#include "support/socket.h"

namespace larder::service {
namespace {

class DoorkeeperTest : public testing::Test {
 protected:
  void begin(std::vector<std::string> names, int other = -1) {
    for (std::string& name : names) {
      auto socket = net::ListeningSocket::bind(net::parse_endpoint("127.0.0.1:0").value()).value();
      ASSERT_TRUE(socket.begin());
      sockets.push_back({std::move(name), std::move(socket)});
    }
    auto begun = Doorkeeper::begin(sockets, other);
    ASSERT_TRUE(begun) << begun.error().text;
    keeper = *std::move(begun);
  }
  support::Socket connect(std::size_t number = 0) const {
    auto client = support::Socket::connect(to_string(sockets[number].socket.local()));
    client.limit_receive(support::kPatience);
    return client;
  }
  /// Whether clients wait in the kernel, whom nobody has taken.
  bool has_queue(std::size_t number = 0) const {
    pollfd polled{sockets[number].socket.descriptor(), POLLIN, 0};
    return ::poll(&polled, 1, 0) != 0;
  }
  bool all_are_taken() const {
    return support::eventually([this] {
      for (std::size_t i = 0; i < sockets.size(); ++i) {
        if (has_queue(i)) return false;
      }
      return true;
    });
  }

  std::vector<InheritedSocket> sockets;
  std::unique_ptr<Doorkeeper> keeper;
};

/// All that comes until the end; "reset" behind it if that is no orderly one.
std::string read_to_end(const support::Socket& client) {
  std::string text;
  std::array<std::byte, 1024> buffer{};
  for (;;) {
    const auto count = client.receive(buffer);
    if (!count) return text + "reset";
    if (*count == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
}

void expect_503(const std::string& answer) {
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: 5\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos) << answer;
  const std::string length = "\r\nContent-Length: ";
  const auto at = answer.find(length);
  const auto body = answer.find("\r\n\r\n");
  ASSERT_NE(at, std::string::npos) << answer;
  ASSERT_NE(body, std::string::npos) << answer;
  EXPECT_EQ(std::stoul(answer.substr(at + length.size())), answer.size() - body - 4) << answer;
}

TEST_F(DoorkeeperTest, AnswersWhoHasWaitedTooLong) {
  begin({"http", "https", "status", "larder.socket"});
  const SteadyTime before = SystemClock().now();
  std::vector<support::Socket> clients;
  for (std::size_t i = 0; i < sockets.size(); ++i) clients.push_back(connect(i));
  const auto silent = connect();
  for (const auto& client : clients) ASSERT_TRUE(client.send_all("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));

  expect_503(read_to_end(clients[0]));
  EXPECT_GE(SystemClock().now() - before, Doorkeeper::kPatience);
  EXPECT_EQ(read_to_end(clients[1]), "reset") << "before a handshake there is nothing to say";
  expect_503(read_to_end(clients[2]));
  expect_503(read_to_end(clients[3]));
  expect_503(read_to_end(silent));
}

TEST_F(DoorkeeperTest, LeavesClientsToAnotherProcessAsLongAsThatLives) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Descriptor own(ends[0]);
  Descriptor other(ends[1]);
  begin({"http"}, own.number());
  const auto client = connect();
  ASSERT_EQ(::send(other.number(), "x", 1, 0), 1) << "something it says is not its end";
  EXPECT_TRUE(keeper->end().empty());
  EXPECT_TRUE(has_queue());

  keeper = Doorkeeper::begin(sockets, own.number()).value();
  other = Descriptor();
  ASSERT_TRUE(all_are_taken());
  EXPECT_EQ(keeper->end().size(), 1U);
}

// The answer would be lost with a reset if anything were unread.
TEST_F(DoorkeeperTest, TheAnswerReachesWhoHasSentMuch) {
  begin({"http"});
  const auto client = connect();
  ASSERT_TRUE(
      client.send_all("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x')));
  ASSERT_TRUE(all_are_taken());
  keeper.reset();
  expect_503(read_to_end(client));
}

TEST_F(DoorkeeperTest, GivesThoseWhoWaitToWhoeverServes) {
  begin({"http", "https"});
  const auto first = connect(0);
  const auto second = connect(1);
  ASSERT_TRUE(first.send_all("hello"));
  ASSERT_TRUE(all_are_taken());

  auto clients = keeper->end();

  ASSERT_EQ(clients.size(), 2u);
  for (WaitingClient& client : clients) {
    const std::size_t number = client.local == sockets[0].socket.local() ? 0 : 1;
    EXPECT_EQ(client.local, sockets[number].socket.local());
    EXPECT_EQ(client.tls, number == 1);
    EXPECT_EQ(to_string(client.peer), (number == 0 ? first : second).local_address());
    EXPECT_NE(::fcntl(client.descriptor.number(), F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(::fcntl(client.descriptor.number(), F_GETFD) & FD_CLOEXEC, 0);
  }
  const WaitingClient& speaking = clients[0].tls ? clients[1] : clients[0];
  char said[16] = {};
  EXPECT_EQ(::read(speaking.descriptor.number(), said, sizeof said), 5);
  EXPECT_EQ(std::string(said), "hello");
  keeper.reset();
  EXPECT_EQ(::write(speaking.descriptor.number(), "answer", 6), 6);
  clients.clear();
  EXPECT_EQ(read_to_end(first), "answer") << "nothing was said before";
}

TEST_F(DoorkeeperTest, LeavesTheSocketsToThoseWhoServe) {
  begin({"http"});
  EXPECT_TRUE(keeper->end().empty());
  const auto client = connect();
  EXPECT_TRUE(has_queue()) << "nobody takes it";
  EXPECT_TRUE(keeper->end().empty());
  keeper.reset();
  EXPECT_TRUE(has_queue());
}

TEST_F(DoorkeeperTest, AnswersThoseWhoWaitWhenItEnds) {
  begin({"http", "https"});
  const auto client = connect();
  const auto encrypted = connect(1);
  ASSERT_TRUE(all_are_taken());
  keeper.reset();
  EXPECT_TRUE(client.wait_readable(std::chrono::seconds(0))) << "it has been said by now";
  expect_503(read_to_end(client));
  EXPECT_EQ(read_to_end(encrypted), "");
}

TEST_F(DoorkeeperTest, WhoLeavesMeanwhileIsNoProblem) {
  begin({"http"});
  connect().reset();
  connect().close();
  const auto client = connect();
  ASSERT_TRUE(all_are_taken());
  keeper.reset();
  expect_503(read_to_end(client));
}

}  // namespace
}  // namespace larder::service
