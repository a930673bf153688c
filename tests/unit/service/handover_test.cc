#include "service/handover.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace larder::service {
namespace {

using Kind = Message::Kind;

SteadyTime in(std::chrono::milliseconds time) { return SystemClock().now() + time; }

TEST(HandoverMessage, IsReadAsItWasWritten) {
  for (int number = 0; number < static_cast<int>(Kind::kOther); ++number) {
    const auto kind = static_cast<Kind>(number);
    if (kind == Kind::kOutdated || kind == Kind::kFailed) continue;  // below
    EXPECT_EQ(parse_message(to_text({kind})).kind, kind) << to_text({kind});
  }
  const Message failed = parse_message(to_text({Kind::kFailed, {}, "no drive\nis there"}));
  EXPECT_EQ(failed.kind, Kind::kFailed);
  EXPECT_EQ(failed.text, "no drive\nis there");
  EXPECT_EQ(to_text({Kind::kFailed, {}, std::string(10'000, 'x')}).size(), 4096U) << "as much as a packet takes";
  for (const UrlId url : {UrlId{0, 0}, UrlId{1, 2}, UrlId{0xFEDC'BA98'7654'3210, UINT64_MAX}}) {
    const Message read = parse_message(to_text({Kind::kOutdated, url}));
    EXPECT_EQ(read.kind, Kind::kOutdated);
    EXPECT_EQ(read.url, url);
  }
}

TEST(HandoverMessage, HasTheFormThatOtherVersionsRead) {
  EXPECT_EQ(to_text({Kind::kDrivesWanted}), "drives wanted");
  EXPECT_EQ(to_text({Kind::kDrivesFree}), "drives free");
  EXPECT_EQ(to_text({Kind::kServing}), "serving");
  EXPECT_EQ(to_text({Kind::kAllOutdated}), "all outdated");
  EXPECT_EQ(to_text({Kind::kEnd}), "end");
  EXPECT_EQ(to_text({Kind::kAnswersEnd}), "answers end");
  EXPECT_EQ(to_text({Kind::kAnswersEnded}), "answers ended");
  EXPECT_EQ(to_text({Kind::kAllTold}), "all told");
  EXPECT_EQ(to_text({Kind::kReopenLogs}), "reopen logs");
  EXPECT_EQ(to_text({Kind::kFailed, {}, "why"}), "failed why");
  EXPECT_EQ(to_text({Kind::kOutdated, {0x1F, 0xABC}}), "outdated 000000000000001f0000000000000abc");
}

TEST(HandoverMessage, WhatIsNotUnderstoodIsAnothersMessage) {
  const std::string id(32, '1');
  for (const std::string& text : {std::string(),
                                  std::string("drives"),
                                  std::string("drives wanted "),
                                  std::string(" serving"),
                                  std::string("SERVING"),
                                  std::string("end\n"),
                                  std::string("serving\0", 8),
                                  std::string("outdated"),
                                  std::string("outdated "),
                                  "outdated " + id.substr(1),
                                  "outdated " + id + "1",
                                  "outdated  " + id.substr(1),
                                  "outdated " + id.substr(1) + "g",
                                  "outdated -" + id.substr(1),
                                  "outdated +" + id.substr(1),
                                  "outdated 0x" + id.substr(2),
                                  "outdated " + id.substr(16) + " " + id.substr(17),
                                  "outdated " + id + "\n",
                                  "Outdated " + id,
                                  std::string(300, 'x')}) {
    EXPECT_EQ(parse_message(text).kind, Kind::kOther) << text;
  }
}

class HandoverTest : public testing::Test {
 protected:
  HandoverTest() : HandoverTest(Handover::make_way().value()) {}

  /// All that is there to be read.
  std::vector<Message> heard() {
    std::vector<Message> messages;
    while (auto message = other->read()) messages.push_back(*message);
    return messages;
  }
  /// Until the kernel takes no more: how many URLs, which are {1, 0}, {2, 0}, and so on.
  std::uint64_t fill() {
    std::uint64_t count = 0;
    while (!one->has_unsent()) one->say_outdated({++count, 0});
    return count;
  }

  std::unique_ptr<Handover> one;
  std::unique_ptr<Handover> other;

 private:
  explicit HandoverTest(std::pair<Descriptor, Descriptor> way)
      : one(std::make_unique<Handover>(std::move(way.first))),
        other(std::make_unique<Handover>(std::move(way.second))) {}
};

TEST_F(HandoverTest, EachHearsWhatTheOtherSays) {
  EXPECT_EQ(other->read().error().code, Errc::kNotFound);
  EXPECT_TRUE(one->say({Kind::kServing}));
  EXPECT_TRUE(one->say({Kind::kEnd}));
  EXPECT_TRUE(other->say({Kind::kDrivesFree}));
  EXPECT_EQ(other->read()->kind, Kind::kServing);
  EXPECT_EQ(other->read()->kind, Kind::kEnd);
  EXPECT_EQ(other->read().error().code, Errc::kNotFound);
  EXPECT_EQ(one->read()->kind, Kind::kDrivesFree);
}

TEST_F(HandoverTest, WhatWasSaidIsHeardBeforeTheEnd) {
  one->say({Kind::kServing});
  one->say_outdated({7, 8});
  one.reset();
  EXPECT_EQ(other->read()->kind, Kind::kServing);
  EXPECT_EQ(other->read()->url, (UrlId{7, 8}));
  EXPECT_EQ(other->read().error().code, Errc::kUnavailable);
  EXPECT_FALSE(other->say({Kind::kEnd}));
  other->say_outdated({1, 2});
  EXPECT_FALSE(other->has_unsent()) << "nobody will ever take it";
}

TEST_F(HandoverTest, KnowsTheProcessThatMadeTheWay) { EXPECT_EQ(other->process_before(), ::getpid()); }

TEST_F(HandoverTest, SignalsTheOtherProcessOnlyAsLongAsThatLives) {
  static volatile sig_atomic_t signals = 0;
  struct sigaction before{};
  struct sigaction count{};
  count.sa_handler = [](int) { signals = signals + 1; };
  ASSERT_EQ(::sigaction(SIGUSR1, &count, &before), 0);
  other->signal_process_before(SIGUSR1);
  EXPECT_EQ(signals, 1);
  one.reset();
  other->signal_process_before(SIGUSR1);
  EXPECT_EQ(signals, 1);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(HandoverTest, SaysThatAllWasToldAfterAllOfIt) {
  const std::uint64_t before = fill();
  std::jthread ends([&] { one->say_all_told(); });
  std::uint64_t told = 0;
  auto message = other->read();
  for (; !message || message->kind == Kind::kOutdated; message = other->read()) told += message ? 1 : 0;
  EXPECT_EQ(message->kind, Kind::kAllTold);
  EXPECT_EQ(told, before);
}

TEST_F(HandoverTest, WhatTheOtherDoesNotTakeIsSentLater) {
  const std::uint64_t before = fill();
  ASSERT_GT(before, 10u) << "the kernel holds some";
  for (std::uint64_t i = 1; i <= 1000; ++i) one->say_outdated({before + i, 0});
  one->say_outdated({before + 1, 0});  // a second time
  std::multiset<std::uint64_t> told;
  while (one->has_unsent()) {
    for (const Message& message : heard()) told.insert(message.url[0]);
    one->send_rest();
  }
  for (const Message& message : heard()) {
    EXPECT_EQ(message.kind, Kind::kOutdated);
    told.insert(message.url[0]);
  }
  EXPECT_EQ(told.size(), before + 1000) << "each once";
  EXPECT_EQ(*told.begin(), 1u);
  EXPECT_EQ(*told.rbegin(), before + 1000);
}

TEST_F(HandoverTest, NothingComesBeforeWhatWasPutOffBeforeIt) {
  fill();
  ASSERT_FALSE(heard().empty());
  one->say_outdated({UINT64_MAX, 0});
  EXPECT_TRUE(heard().empty()) << "there is room, and others wait for it already";
  one->send_rest();
  EXPECT_EQ(heard().size(), 2u);
}

TEST_F(HandoverTest, WhatIsPutOffIsNoLongerWantedOnceTheOtherHasEnded) {
  fill();
  other.reset();
  one->send_rest();
  EXPECT_FALSE(one->has_unsent());
}

TEST_F(HandoverTest, BeyondSoManyAllAreOutdated) {
  const std::uint64_t before = fill();
  for (std::uint64_t i = 1; i <= Handover::kMostUnsent; ++i) one->say_outdated({before + i, 0});
  EXPECT_EQ(heard().size(), before - 1);
  one->send_rest();
  one->say_outdated({1, 1});  // alone again
  EXPECT_FALSE(one->has_unsent());
  const auto messages = heard();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].kind, Kind::kAllOutdated);
  EXPECT_EQ(messages[1].kind, Kind::kOutdated);
}

TEST_F(HandoverTest, WhoTakesNothingIsNotWaitedForWithoutEnd) {
  timeval patience{};
  socklen_t size = sizeof patience;
  ASSERT_EQ(::getsockopt(one->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, &size), 0);
  EXPECT_EQ(patience.tv_sec, std::chrono::seconds(Handover::kPatience).count());
  ASSERT_EQ(::getsockopt(other->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, &size), 0);
  EXPECT_EQ(patience.tv_sec, std::chrono::seconds(Handover::kPatience).count());
  const timeval short_patience{0, 1000};
  ASSERT_EQ(::setsockopt(one->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &short_patience, sizeof short_patience), 0);
  fill();
  EXPECT_FALSE(one->say({Kind::kEnd}));
}

TEST_F(HandoverTest, WaitsForOneKindOfMessage) {
  std::thread later([this] {
    one->say({Kind::kServing});
    ::send(one->descriptor(), "a later version's", 17, 0);
    one->say({Kind::kDrivesFree});
    one->say({Kind::kEnd});
  });
  EXPECT_EQ(other->wait_for(Kind::kDrivesFree, SteadyTime::max())->kind, Kind::kDrivesFree);
  later.join();
  EXPECT_EQ(other->read()->kind, Kind::kEnd) << "what was passed over is gone, what came later is not";
}

TEST_F(HandoverTest, WhatIsToldOfUrlsIsKeptWhileSomethingElseIsWaitedFor) {
  one->say_outdated({1, 2});
  one->say({Kind::kAllOutdated});
  one->say({Kind::kDrivesFree});
  one->say_outdated({3, 4});
  ASSERT_TRUE(other->wait_for(Kind::kDrivesFree, SteadyTime::max()));
  const auto messages = heard();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0].url, (UrlId{1, 2}));
  EXPECT_EQ(messages[1].kind, Kind::kAllOutdated);
  EXPECT_EQ(messages[2].url, (UrlId{3, 4}));
}

TEST_F(HandoverTest, AWaitEndsAtItsDeadline) {
  const SteadyTime deadline = in(std::chrono::milliseconds(20));
  const auto message = other->wait_for(Kind::kDrivesFree, deadline);
  EXPECT_EQ(message.error().code, Errc::kTimeout);
  EXPECT_NE(message.error().text.find("drives free"), std::string::npos) << message.error().text;
  EXPECT_GE(SystemClock().now(), deadline);
}

TEST_F(HandoverTest, AWaitEndsAtItsDeadlineThoughOthersMessagesCome) {
  for (int i = 0; i < 10; ++i) one->say({Kind::kServing});
  EXPECT_EQ(other->wait_for(Kind::kDrivesFree, in(std::chrono::milliseconds(0))).error().code, Errc::kTimeout);
  EXPECT_TRUE(other->read()) << "not all were read before";
}

TEST_F(HandoverTest, AWaitEndsWithTheOther) {
  std::thread later([this] { one.reset(); });
  EXPECT_EQ(other->wait_for(Kind::kDrivesFree, SteadyTime::max()).error().code, Errc::kUnavailable);
  later.join();
}

}  // namespace
}  // namespace larder::service
