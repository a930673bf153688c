// A node whose sockets a supervisor has open too, as systemd's socket units do, and one whose successor fails with the
// drives: in both, clients wait for the process that comes next, and are not refused.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "node_test.h"

namespace larder::integration {
namespace {

const std::string kPath = "/s/object.bin";
constexpr std::uint64_t kSeed = 12;
constexpr std::uint64_t kSize = 48 * kMiB;

// HeldSocket: a listening socket of this process, for whoever it starts.
class HeldSocket {
 public:
  HeldSocket() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    const bool listens = ::bind(socket, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0 &&
                         ::listen(socket, 100) == 0 &&
                         ::getsockname(socket, reinterpret_cast<sockaddr*>(&any), &size) == 0;
    if (!listens) throw std::system_error(errno, std::generic_category(), "a socket to hold");
    port_ = ntohs(any.sin_port);
    descriptor_ = ::fcntl(socket, F_DUPFD, 100);  // for children
    ::close(socket);
  }
  ~HeldSocket() { ::close(descriptor_); }
  HeldSocket(const HeldSocket&) = delete;
  HeldSocket& operator=(const HeldSocket&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Starts the words that follow with the socket as systemd hands it on.
  std::vector<std::string> hand_on() const {
    return {"/usr/bin/python3", "-c",
            "import os, sys\n"
            "os.dup2(int(sys.argv[1]), 3)\n"
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='http')\n"
            "os.execv(sys.argv[2], sys.argv[2:])\n",
            std::to_string(descriptor_)};
  }

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

class Supervised : public NodeTest {
 protected:
  Supervised() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().through = held_.hand_on();
  }

  HeldSocket held_;
};

TEST_F(Supervised, ClientsWaitForTheProcessThatStarts) {
  HttpClient early(held_.address(), &audit_);
  ASSERT_TRUE(early.send_request("GET", target("/none")));
  node_.start();
  EXPECT_EQ(node_.http(), held_.address());
  const int status = early.read_response().status;
  EXPECT_TRUE(status == 404 || status == 503) << status;  // 503: starting took two seconds
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(Supervised, StoppingCutsOffWhatWouldTakeLongAndRefusesNobody) {
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  HttpClient slow = connect();
  ASSERT_TRUE(slow.send_request("GET", target(kPath)));
  ASSERT_TRUE(slow.socket().wait_readable(kPatience));

  // limits.shutdown is an hour.
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_FALSE(slow.read_checked(kSeed, 0).complete) << "a cut body must not look whole";

  HttpClient between(held_.address(), &audit_);
  ASSERT_TRUE(between.send_request("GET", target("/none")));
  node_.start();
  const int status = between.read_response().status;
  EXPECT_TRUE(status == 404 || status == 503) << status;
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(Supervised, TheSocketGoesOnToTheSuccessor) {
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  node_.hand_over();
  EXPECT_EQ(node_.http(), held_.address());
  expect_whole(kPath, kSeed, kSize);
  EXPECT_TRUE(eventually([&] { return !node_.predecessors()[0]->is_running(); }));
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_NO_THROW(HttpClient(held_.address())) << "it is still there for the next process";
}

// FailingSuccessor: a program at a path of its own, which becomes one that dies once it has the drives.
class FailingSuccessor : public NodeTest {
 protected:
  FailingSuccessor() : replaced_(folder_ / "larder-node", config()) {
    std::filesystem::create_symlink(LARDER_NODE_PROGRAM, folder_ / "larder-node");
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
  }

  void replace_program(const std::string& python) {
    std::filesystem::remove(folder_ / "larder-node");
    write_file(folder_ / "larder-node",
               "#!/usr/bin/python3\n"
               "import os, signal, socket\n"
               "names = os.environ['LISTEN_FDNAMES'].split(':')\n"
               "way = socket.socket(fileno=3 + names.index('handover'))\n" +
                   python);
    std::filesystem::permissions(folder_ / "larder-node", std::filesystem::perms::owner_all);
  }

  TempDir folder_;
  Node replaced_;
};

TEST_F(FailingSuccessor, ThatDiesWithTheDrivesMakesTheProcessBeginAnew) {
  replaced_.start();
  const std::string address = replaced_.http();
  const pid_t process = replaced_.process();
  ASSERT_EQ(HttpClient(address, &audit_).fetch_checked(target(kPath), kSeed).first_wrong, std::nullopt);
  // What was reloaded stays in force, and what waits for the next start, right or wrong, waits for that.
  replaced_.config().limits = "egress = \"10GB/s\"\n";
  replaced_.config().listen = "control = \"" + (folder_ / "none/node.sock") + "\"";
  replaced_.write_config();
  replaced_.signal(SIGHUP);
  EXPECT_TRUE(replaced_.wait_for_log("configuration reloaded"));
  replace_program("way.send(b'drives wanted')\nway.recv(256)\nos._exit(7)\n");
  replaced_.signal(SIGUSR2);
  EXPECT_TRUE(replaced_.wait_for_log("exit code 7"));
  // Nobody is refused meanwhile.
  const auto count = [&](std::string_view event) {
    const auto lines = replaced_.log_lines();
    return std::ranges::count_if(lines, [&](const auto& line) { return line.at("event").as_string() == event; });
  };
  EXPECT_TRUE(eventually([&] {
    EXPECT_NO_THROW(HttpClient{address});
    return count("node started") == 2;
  }));
  EXPECT_TRUE(eventually([&] { return count("configuration reloaded") == 2; }));
  const auto asked = origin_.requests().size();
  const HttpResponse response = HttpClient(address, &audit_).fetch_checked(target(kPath), kSeed);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_EQ(origin_.requests().size(), asked) << "what was stored is there";
  EXPECT_EQ(replaced_.process(), process);
  EXPECT_TRUE(replaced_.is_running());
  EXPECT_EQ(replaced_.stop(), 0);
}

// It may have read the configuration, and opened the logs, before.
TEST_F(FailingSuccessor, IsToldToReloadWhatTheProcessReloads) {
  replaced_.start();
  replace_program("signal.sigwait([signal.SIGHUP])\nos._exit(9)\n");
  replaced_.signal(SIGUSR2);
  EXPECT_TRUE(replaced_.wait_for_log("a successor starts"));
  replaced_.signal(SIGHUP);
  EXPECT_TRUE(replaced_.wait_for_log("exit code 9"));
  EXPECT_TRUE(replaced_.wait_for_log("the successor did not start; this process goes on"));
  EXPECT_EQ(HttpClient(replaced_.http(), &audit_).fetch_checked(target(kPath), kSeed).first_wrong, std::nullopt);
  EXPECT_EQ(replaced_.stop(), 0);
}

}  // namespace
}  // namespace larder::integration
