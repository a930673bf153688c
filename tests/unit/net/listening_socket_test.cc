#include "net/listening_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "net/socket.h"
#include "support/temp_dir.h"

namespace larder::net {
namespace {

Endpoint parsed(std::string_view text) { return parse_endpoint(text).value(); }

/// 0, or what keeps a client from being connected.
int connect_error(const Endpoint& to) {
  const Descriptor client(::socket(to.address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress address = to_socket_address(to);
  return ::connect(client.number(), address.get(), address.size) == 0 ? 0 : errno;
}

bool is_non_blocking(int descriptor) { return (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0; }
bool is_for_this_program(int descriptor) { return (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0; }
bool has_connection(int descriptor) {
  pollfd polled{descriptor, POLLIN, 0};
  return ::poll(&polled, 1, 0) == 1;
}

/// As another process would hand it on: blocking, and kept by exec.
Descriptor handed_on(const char* at = "127.0.0.1:0", ListeningSocket::Options options = {}) {
  auto socket = ListeningSocket::bind(parsed(at), options).value();
  EXPECT_TRUE(socket.begin());
  Descriptor descriptor = std::move(socket).release();
  EXPECT_EQ(::fcntl(descriptor.number(), F_SETFL, ::fcntl(descriptor.number(), F_GETFL) & ~O_NONBLOCK), 0);
  EXPECT_EQ(::fcntl(descriptor.number(), F_SETFD, 0), 0);
  return descriptor;
}

TEST(ListeningSocket, RefusesClientsUntilItBegins) {
  auto socket = ListeningSocket::bind(parsed("127.0.0.1:0")).value();
  EXPECT_NE(socket.local().port, 0);
  EXPECT_TRUE(is_non_blocking(socket.descriptor()));
  EXPECT_TRUE(is_for_this_program(socket.descriptor()));
  EXPECT_EQ(connect_error(socket.local()), ECONNREFUSED);
  ASSERT_TRUE(socket.begin());
  EXPECT_EQ(connect_error(socket.local()), 0);
  ASSERT_TRUE(socket.begin());
  EXPECT_TRUE(has_connection(socket.descriptor())) << "beginning twice loses nobody";
}

TEST(ListeningSocket, ABacklogOfNobodyIsOneToo) {
  auto socket = ListeningSocket::bind(parsed("127.0.0.1:0"), {.backlog = 0}).value();
  ASSERT_TRUE(socket.begin());
  EXPECT_EQ(connect_error(socket.local()), 0) << "the kernel makes room for one";
}

TEST(ListeningSocket, APortThatAnotherListensOnIsAConflict) {
  const auto alone = ListeningSocket::Options{.reuse_port = false};
  auto first = ListeningSocket::bind(parsed("127.0.0.1:0"), alone).value();
  ASSERT_TRUE(first.begin());
  const auto second = ListeningSocket::bind(first.local(), alone);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().text.find(to_string(first.local())), std::string::npos) << second.error().text;
  EXPECT_FALSE(ListeningSocket::bind(first.local())) << "both have to share";
}

TEST(ListeningSocket, SharesItsPortIfItWasBoundSo) {
  const auto sharing = ListeningSocket::bind(parsed("127.0.0.1:0")).value();
  EXPECT_TRUE(sharing.shares_its_port());
  EXPECT_TRUE(ListeningSocket::bind(sharing.local()));
  EXPECT_FALSE(ListeningSocket::bind(parsed("127.0.0.1:0"), {.reuse_port = false})->shares_its_port());
}

TEST(ListeningSocket, AnAddressOfNobodyHereIsNamed) {
  const auto socket = ListeningSocket::bind(parsed("203.0.113.1:8080"));
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().text.find("203.0.113.1:8080"), std::string::npos) << socket.error().text;
}

TEST(ListeningSocket, OneThatWasHandedOnIsTakenAsItIs) {
  Descriptor descriptor = handed_on();
  const int number = descriptor.number();
  const Endpoint local = local_endpoint(number);
  ASSERT_EQ(connect_error(local), 0);
  auto socket = ListeningSocket::adopt(std::move(descriptor)).value();
  EXPECT_EQ(socket.descriptor(), number);
  EXPECT_EQ(socket.local(), local);
  EXPECT_TRUE(is_non_blocking(number));
  EXPECT_TRUE(is_for_this_program(number));
  EXPECT_TRUE(socket.shares_its_port());
  ASSERT_TRUE(socket.begin());
  EXPECT_TRUE(has_connection(number)) << "who came before it was handed on is not lost";
  EXPECT_FALSE(ListeningSocket::adopt(handed_on("127.0.0.1:0", {.reuse_port = false}))->shares_its_port());
}

TEST(ListeningSocket, OneOfIpv6IsTakenToo) {
  if (!ListeningSocket::bind(parsed("[::1]:0"))) GTEST_SKIP() << "no IPv6 here";
  const auto socket = ListeningSocket::adopt(handed_on("[::1]:0")).value();
  EXPECT_EQ(to_string(socket.local().address), "::1");
  EXPECT_NE(socket.local().port, 0);
  EXPECT_EQ(connect_error(socket.local()), 0);
}

TEST(ListeningSocket, AnIpv6WildcardLeavesIpv4ToOthers) {
  const auto six = ListeningSocket::bind(parsed("[::]:0"), {.reuse_port = false});
  if (!six) GTEST_SKIP() << "no IPv6 here";
  EXPECT_TRUE(ListeningSocket::bind({parsed("0.0.0.0:0").address, six->local().port}, {.reuse_port = false}));
}

TEST(ListeningSocket, ACopyIsTheSameSocket) {
  auto first = ListeningSocket::bind(parsed("127.0.0.1:0"), {.reuse_port = false}).value();
  auto copy = first.duplicate().value();
  EXPECT_NE(copy.descriptor(), first.descriptor());
  EXPECT_EQ(copy.local(), first.local());
  EXPECT_TRUE(is_for_this_program(copy.descriptor()));
  EXPECT_EQ(connect_error(copy.local()), ECONNREFUSED) << "it has not begun either";
  ASSERT_TRUE(copy.begin());
  ASSERT_EQ(connect_error(copy.local()), 0);
  EXPECT_TRUE(has_connection(first.descriptor()));
  {
    const Descriptor closed = std::move(first).release();
  }
  EXPECT_TRUE(has_connection(copy.descriptor())) << "it waits as long as one of them is open";
}

// Each is turned away, closed, and named.
struct NoListener {
  const char* what;
  std::function<Descriptor()> make;
};

class NoListeningSocket : public testing::TestWithParam<NoListener> {};

TEST_P(NoListeningSocket, IsTurnedAway) {
  Descriptor descriptor = GetParam().make();
  const int number = descriptor.number();
  const auto socket = ListeningSocket::adopt(std::move(descriptor));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, Errc::kInvalid);
  EXPECT_NE(socket.error().text.find(std::to_string(number)), std::string::npos) << socket.error().text;
  EXPECT_EQ(::fcntl(number, F_GETFD), -1) << "it is closed";
}

Descriptor of_type(int family, int type) { return Descriptor(::socket(family, type | SOCK_CLOEXEC, 0)); }

Descriptor unix_listener() {
  const support::TempDir folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor descriptor = of_type(AF_UNIX, SOCK_STREAM);
  EXPECT_EQ(::bind(descriptor.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(descriptor.number(), 1), 0);
  return descriptor;
}

Descriptor connected() {
  auto listener = ListeningSocket::bind(parsed("127.0.0.1:0")).value();
  EXPECT_TRUE(listener.begin());
  Descriptor client = of_type(AF_INET, SOCK_STREAM);
  const SocketAddress address = to_socket_address(listener.local());
  EXPECT_EQ(::connect(client.number(), address.get(), address.size), 0);
  return client;
}

Descriptor end_of_a_pipe() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[1]);
  return Descriptor(ends[0]);
}

INSTANTIATE_TEST_SUITE_P(
    Each, NoListeningSocket,
    testing::Values(NoListener{"Nothing", [] { return Descriptor(); }},
                    NoListener{"AFile", [] { return Descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)); }},
                    NoListener{"APipe", end_of_a_pipe},
                    NoListener{"AUdpSocket", [] { return of_type(AF_INET, SOCK_DGRAM); }},
                    NoListener{"AUnixSocketThatListens", unix_listener},
                    NoListener{"ATcpSocketThatDoesNotListen", [] { return of_type(AF_INET, SOCK_STREAM); }},
                    NoListener{"ABoundTcpSocketThatDoesNotListen",
                               [] { return std::move(*ListeningSocket::bind(parsed("127.0.0.1:0"))).release(); }},
                    NoListener{"AConnection", connected}),
    [](const auto& each) { return each.param.what; });

}  // namespace
}  // namespace larder::net
