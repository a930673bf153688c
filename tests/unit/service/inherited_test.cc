#include "service/inherited.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace larder::service {
namespace {

constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
constexpr const char* kVariables[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", kSuccessorVariable};

net::ListeningSocket listening(const char* at = "127.0.0.1:0") {
  auto socket = net::ListeningSocket::bind(net::parse_endpoint(at).value()).value();
  EXPECT_TRUE(socket.begin());
  return socket;
}

std::string in_words(const Result<Inherited>& inherited) {
  if (!inherited) return fmt::format("{}: {}", to_string(inherited.error().code), inherited.error().text);
  std::string words;
  for (const InheritedSocket& socket : inherited->sockets) {
    words += fmt::format("{} {} {}; ", socket.socket.descriptor(), socket.name, to_string(socket.socket.local()));
  }
  if (inherited->handover) words += fmt::format("handover {}; ", inherited->handover->number());
  words += inherited->sockets_are_held ? "held" : "own";
  for (const char* variable : kVariables) {
    if (std::getenv(variable) != nullptr) words += fmt::format("; {} is left", variable);
  }
  return words;
}

using Variables = std::map<std::string, std::string>;

/// What a process takes over that has `descriptors` from kFirst on and `variables`, of which "LISTEN_PID" may be
/// "its own".
std::string taken(const std::vector<int>& descriptors, const Variables& variables) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Descriptor heard(ends[0]);
  Descriptor told(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    const int telling = ::fcntl(told.number(), F_DUPFD_CLOEXEC, 100);
    std::vector<int> aside;
    for (const int descriptor : descriptors) aside.push_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 100));
    for (std::size_t i = 0; i < aside.size(); ++i) ::dup2(aside[i], kFirst + static_cast<int>(i));
    for (const char* variable : kVariables) ::unsetenv(variable);
    for (const auto& [name, value] : variables) {
      ::setenv(name.c_str(), value == "its own" ? std::to_string(::getpid()).c_str() : value.c_str(), 1);
    }
    const std::string words = in_words(take_inherited());
    const bool written = ::write(telling, words.data(), words.size()) == static_cast<ssize_t>(words.size());
    ::_exit(written ? 0 : 1);
  }
  ::close(told.release());
  std::string words;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(heard.number(), buffer, sizeof buffer)) > 0;) {
    words.append(buffer, static_cast<std::size_t>(count));
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  return words;
}

std::string at(const net::ListeningSocket& socket) { return to_string(socket.local()); }

TEST(Inherited, OfASupervisorAreSocketsThatItHoldsToo) {
  const auto first = listening();
  const auto second = listening();
  EXPECT_EQ(taken({first.descriptor(), second.descriptor()},
                  {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "https:larder.socket"}}),
            fmt::format("3 https {}; 4 larder.socket {}; held", at(first), at(second)));
}

TEST(Inherited, WithoutNamesAreUnknown) {
  const auto socket = listening();
  EXPECT_EQ(taken({socket.descriptor()}, {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", "1"}}),
            fmt::format("3 unknown {}; held", at(socket)));
}

TEST(Inherited, IsNothingWithoutTheVariables) { EXPECT_EQ(taken({}, {}), "own"); }

TEST(Inherited, IsNothingThatIsMeantForAnotherProcess) {
  const auto socket = listening();
  EXPECT_EQ(taken({socket.descriptor()}, {{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}}), "own");
}

TEST(Inherited, OfAProcessBeforeAreItsSocketsAndTheWayToIt) {
  const auto socket = listening();
  int way[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, way), 0);
  const Descriptor one(way[0]);
  const Descriptor other(way[1]);
  Variables variables = {{"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "http:handover"}, {kSuccessorVariable, kOwn}};
  EXPECT_EQ(taken({socket.descriptor(), one.number()}, variables),
            fmt::format("3 http {}; handover 4; own", at(socket)));
  variables[kSuccessorVariable] = kHeld;
  EXPECT_EQ(taken({socket.descriptor(), one.number()}, variables),
            fmt::format("3 http {}; handover 4; held", at(socket)));
  variables["LISTEN_FDNAMES"] = "handover:http";
  EXPECT_EQ(taken({one.number(), socket.descriptor()}, variables),
            fmt::format("4 http {}; handover 3; held", at(socket)));
  variables = {{"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "handover"}, {kSuccessorVariable, kHeld}};
  EXPECT_EQ(taken({one.number()}, variables), "handover 3; own") << "nothing is held where there is no socket";
}

TEST(Inherited, SaysWhatIsNoSocketThatListens) {
  const auto socket = listening();
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Descriptor pipe(ends[0]);
  const Descriptor other_end(ends[1]);
  const Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const int wrong : {pipe.number(), datagrams.number()}) {
    EXPECT_EQ(taken({socket.descriptor(), wrong},
                    {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "http:status"}}),
              "invalid: what was handed on as \"status\" (LISTEN_FDS): descriptor 4 is no TCP socket that listens; it "
              "should be ListenStream=ADDRESS:PORT");
  }
}

TEST(Inherited, SaysWhatIsNoWayToAnotherProcess) {
  const auto socket = listening();
  EXPECT_EQ(
      taken({socket.descriptor()}, {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "handover"}}),
      "invalid: what was handed on as \"handover\" (LISTEN_FDS): descriptor 3 is no end of a handover; a socket of "
      "a supervisor needs another name");
}

TEST(Inherited, SaysWhatVariablesAreWrong) {
  const auto socket = listening();
  for (const char* count : {"many", "0", "-1", "100000000000"}) {
    const std::string words = taken({socket.descriptor()}, {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", count}});
    EXPECT_TRUE(words.starts_with("invalid: LISTEN_FDS='" + std::string(count) + "', LISTEN_FDNAMES='': ")) << words;
  }
  const std::string words =
      taken({socket.descriptor()}, {{"LISTEN_PID", "its own"}, {"LISTEN_FDS", "1"}, {"LISTEN_FDNAMES", "http:https"}});
  EXPECT_TRUE(words.starts_with("invalid: LISTEN_FDS='1', LISTEN_FDNAMES='http:https': ")) << words;
}

}  // namespace
}  // namespace larder::service
