#include "service/successor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "net/listening_socket.h"
#include "service/inherited.h"
#include "support/temp_dir.h"

namespace larder::service {
namespace {

net::ListeningSocket any_socket() {
  return net::ListeningSocket::bind(net::parse_endpoint("127.0.0.1:0").value()).value();
}

/// As /proc shows it.
std::string name_of(int descriptor) {
  struct stat status{};
  EXPECT_EQ(::fstat(descriptor, &status), 0);
  return fmt::format("socket:[{}]", status.st_ino);
}

/// Without a supervisor, and with one that is told of processes.
class SuccessorTest : public testing::TestWithParam<bool> {
 protected:
  SuccessorTest() {
    if (GetParam()) ::setenv("NOTIFY_SOCKET", (folder / "notify").c_str(), 1);
  }
  ~SuccessorTest() override { ::unsetenv("NOTIFY_SOCKET"); }

  /// Only its parent hears how a process ended.
  static std::string known(const std::string& end) { return GetParam() ? "it has ended" : end; }
  static std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

  /// Runs `script` as a successor, to its end: what it has written to the file "$out".
  std::string run(const std::string& script, Legacy legacy) {
    const std::string out = folder / "out";
    auto started = Successor::start(shell("out=" + out + "; " + script), std::move(legacy));
    EXPECT_TRUE(started) << started.error().text;
    wait_for_end(**started);
    how = (*started)->end();
    return support::read_file(out);
  }
  static void wait_for_end(Successor& successor) {
    const auto end = successor.handover().wait_for(Message::Kind::kOther, SteadyTime::max());
    EXPECT_EQ(end.error().code, Errc::kUnavailable);
  }

  support::TempDir folder;
  std::string how;  // the last one ended
};

INSTANTIATE_TEST_SUITE_P(Supervisor, SuccessorTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "IsTold" : "IsNot"; });

// systemd waits only for the end of a main process that is its own child.
TEST_P(SuccessorTest, IsAChildOfWhoeverIsTold) {
  EXPECT_EQ(run("cut -d ' ' -f 4 /proc/$$/stat > $out", {}),
            fmt::format("{}\n", GetParam() ? ::getppid() : ::getpid()));
}

TEST_P(SuccessorTest, HasTheSocketsInTheirOrder) {
  const auto first = any_socket();
  const auto second = any_socket();
  // Of which one at least lies where another is to be.
  const Legacy legacy{{{"status", second.descriptor()}, {"http", first.descriptor()}, {"https", second.descriptor()}}};
  EXPECT_EQ(
      run("readlink /proc/$$/fd/3 /proc/$$/fd/4 /proc/$$/fd/5 > $out", legacy),
      name_of(second.descriptor()) + "\n" + name_of(first.descriptor()) + "\n" + name_of(second.descriptor()) + "\n");
  EXPECT_EQ(how, known("it ended with exit code 0"));
}

TEST_P(SuccessorTest, HasManySocketsInTheirOrder) {
  const auto first = any_socket();
  const auto second = any_socket();
  Legacy legacy;
  std::string expected;
  for (int number = 0; number < 30; ++number) {
    const int descriptor = number % 3 == 0 ? first.descriptor() : second.descriptor();
    legacy.sockets.push_back({"http", descriptor});
    expected += name_of(descriptor) + "\n";
  }
  EXPECT_EQ(run("for i in $(seq 3 32); do readlink /proc/$$/fd/$i; done > $out", legacy), expected);
}

TEST_P(SuccessorTest, IsToldWhatTheSocketsAre) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDNAMES", "old", 1);
  ::setenv("LARDER_TEST_VARIABLE", "kept", 1);
  const auto socket = any_socket();
  const std::string script =
      "echo $LISTEN_FDS $LISTEN_FDNAMES $LARDER_SUCCESSOR ${LISTEN_PID-none} $LARDER_TEST_VARIABLE > $out";
  EXPECT_EQ(run(script, {{{"http", socket.descriptor()}, {"status", socket.descriptor()}}}),
            "3 http:status:handover own none kept\n");
  EXPECT_EQ(run(script, {{{"http", socket.descriptor()}}, true}), "2 http:handover held none kept\n");
  EXPECT_EQ(run(script, {}), "1 handover own none kept\n");
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDNAMES", "LARDER_TEST_VARIABLE"}) ::unsetenv(variable);
}

TEST_P(SuccessorTest, BeginsWithSignalsAsAnyProgramDoes) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  for (const int number : {SIGTERM, SIGHUP, SIGUSR2}) ::sigaddset(&blocked, number);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  const auto old = ::signal(SIGXFSZ, SIG_IGN);  // NOLINT(cert-err33-c)
  const std::string status = run("grep -E '^Sig(Blk|Ign)' /proc/self/status > $out", {});
  ::signal(SIGXFSZ, old);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_NE(status.find("SigBlk:\t0000000000000000"), std::string::npos) << status;
  const auto ignored = status.find("SigIgn:\t");
  ASSERT_NE(ignored, std::string::npos) << status;
  const std::uint64_t mask = std::stoull(status.substr(ignored + 8), nullptr, 16);
  EXPECT_EQ(mask >> (SIGXFSZ - 1) & 1, 0u) << status;
}

TEST_P(SuccessorTest, IsSpokenToByTheLastSocket) {
  auto started = Successor::start(
      {"/usr/bin/python3", "-c",
       "import socket; s = socket.socket(fileno=4); s.send(b'drives wanted'); assert s.recv(99) == b'drives free'; "
       "s.send(b'serving'); s.recv(99)"},
      {{{"http", any_socket().descriptor()}}});
  // The socket may be closed again here by now: the successor has its own.
  ASSERT_TRUE(started) << started.error().text;
  Handover& handover = (*started)->handover();
  ASSERT_TRUE(handover.wait_for(Message::Kind::kDrivesWanted, SteadyTime::max()));
  handover.say({Message::Kind::kDrivesFree});
  ASSERT_TRUE(handover.wait_for(Message::Kind::kServing, SteadyTime::max()));
  handover.say({Message::Kind::kEnd});
  wait_for_end(**started);
  EXPECT_EQ((*started)->end(), known("it ended with exit code 0"));
}

TEST_P(SuccessorTest, IsLookedUpInPathWithoutASlash) {
  auto started = Successor::start({"true"}, {});
  ASSERT_TRUE(started) << started.error().text;
  wait_for_end(**started);
  EXPECT_EQ((*started)->end(), known("it ended with exit code 0"));
}

TEST_P(SuccessorTest, ThatCannotBeRunIsNamed) {
  const auto missing = Successor::start({folder / "no-such-program"}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  EXPECT_NE(missing.error().text.find("no-such-program"), std::string::npos) << missing.error().text;

  support::write_file(folder / "text", "no program\n");
  const auto refused = Successor::start({folder / "text"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kRefused);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST_P(SuccessorTest, ADescriptorThatIsNoneIsAnError) {
  const auto started = Successor::start({"true"}, {{{"http", -1}}});
  ASSERT_FALSE(started);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

TEST_P(SuccessorTest, SaysHowItEnded) {
  run("exit 7", {});
  EXPECT_EQ(how, known("it ended with exit code 7"));
  run("kill -KILL $$", {});
  EXPECT_EQ(how, known("it was ended by signal 9"));

  auto started = Successor::start(shell("exec sleep 1000"), {}).value();
  started->signal(SIGTERM);
  wait_for_end(*started);
  EXPECT_EQ(started->end(), known("it was ended by signal 15"));
}

// A program that is none of ours may do anything with what it has.
TEST_P(SuccessorTest, ThatClosesTheHandoverAndGoesOnIsEnded) {
  auto started = Successor::start(shell("exec 3>&-; exec sleep 1000"), {}).value();
  wait_for_end(*started);
  EXPECT_EQ(started->end(std::chrono::milliseconds(10)),
            "it closed the handover and did not end; " + known("it was ended by signal 9"));
}

}  // namespace
}  // namespace larder::service
