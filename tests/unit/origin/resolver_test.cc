#include "origin/resolver.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <semaphore>
#include <string>

#include "support/eventually.h"
#include "support/manual_clock.h"
#include "test_loop.h"

namespace larder::origin {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Addresses = std::vector<net::IpAddress>;
using Endpoints = std::vector<net::Endpoint>;

// FakeNames: what the name service says, and how often it was asked. There are no names "missing...", and those called
// "hanging..." take until `hang` is released.
class FakeNames {
 public:
  void set(std::initializer_list<std::string_view> texts) {
    const std::lock_guard lock(mutex_);
    addresses_.clear();
    for (const std::string_view text : texts) addresses_.push_back(*net::parse_address(text));
  }
  Result<Addresses> look_up(const std::string& host) {
    ++asked;
    if (hold) gate.acquire();
    if (host.starts_with("hanging")) hang.acquire();
    if (host.starts_with("missing")) return fail(Errc::kNotFound, "there is no host called {}", host);
    const std::lock_guard lock(mutex_);
    if (addresses_.empty()) return fail(Errc::kUnavailable, "no name server for {}", host);
    return addresses_;
  }

  std::atomic<int> asked = 0;
  std::atomic<bool> hold = false;
  std::counting_semaphore<> gate{0};
  std::counting_semaphore<> hang{0};

 private:
  std::mutex mutex_;
  Addresses addresses_;
};

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    Resolver::Options options;
    options.stale_patience = milliseconds(10);
    options.names = {.known = 4, .unknown = 4};
    options.lanes = {{{2, 8}, {1, 8}, {1, 8}, {1, 8}}};
    resolver_.emplace(pool_, clock_, options, [this](const std::string& host) { return names_.look_up(host); });
    names_.set({"198.41.0.4"});
  }

  Task<Result<Endpoints>> asking(std::string host, milliseconds patience = seconds(60)) {
    return resolver_->resolve(loop_.executor(), rule_, std::move(host), 80,
                              std::chrono::steady_clock::now() + patience);
  }
  std::string ask(const std::string& host) {
    const auto found = loop_.run(asking(host));
    if (!found) return std::string(to_string(found.error().code));
    std::string text;
    for (const net::Endpoint& endpoint : *found) text += to_string(endpoint) + " ";
    return text;
  }

  Task<void> ask_and_count(std::string host, int& answered) {
    const auto found = co_await asking(host);
    if (found) ++answered;
  }

  /// `host` hangs for a second, and is found then.
  void ask_slowly(const std::string& host) {
    TaskGroup group(loop_.executor());
    const int before = names_.asked;
    int answered = 0;
    group.spawn(ask_and_count(host, answered));
    EXPECT_TRUE(poll_until([&] { return names_.asked > before; }));
    clock_.advance(seconds(1));
    names_.hang.release();
    EXPECT_TRUE(poll_until([&] { return answered == 1 && group.running() == 0; }));
  }
  template <class Condition>
  bool poll_until(Condition condition) {
    return support::eventually([&] {
      loop_.poll();
      return condition();
    });
  }

  TestLoop loop_;
  support::ManualClock clock_;  // of the age of answers; waits go by real time
  FakeNames names_;
  ContentRule rule_;
  BlockingPool pool_{"lookup", 5, 16};
  std::optional<Resolver> resolver_;
};

TEST_F(ResolverTest, KeepsAnswersForAMinute) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  names_.set({"198.41.0.5"});
  clock_.advance(seconds(50));
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  EXPECT_EQ(names_.asked, 1);

  clock_.advance(seconds(10));
  EXPECT_TRUE(support::eventually([&] { return ask("a.example") == "198.41.0.5:80 "; }));
}

TEST_F(ResolverTest, KeepsFailuresForFiveSeconds) {
  names_.set({});
  EXPECT_EQ(ask("a.example"), to_string(Errc::kUnavailable));
  EXPECT_EQ(ask("a.example"), to_string(Errc::kUnavailable));
  EXPECT_EQ(names_.asked, 1);

  names_.set({"198.41.0.4"});
  clock_.advance(seconds(5));
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
}

TEST_F(ResolverTest, UsesOldAnswersForAnHourWhenLookupsFail) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  names_.set({});
  clock_.advance(minutes(50));
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  EXPECT_TRUE(support::eventually([&] { return names_.asked == 2; }));
  clock_.advance(minutes(10));
  EXPECT_EQ(ask("a.example"), to_string(Errc::kUnavailable));
}

TEST_F(ResolverTest, UsesOldAnswersWhileALookupHangs) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  names_.hold = true;
  clock_.advance(minutes(2));
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  names_.gate.release();
}

TEST_F(ResolverTest, ManyAskersShareOneLookup) {
  names_.hold = true;
  int answered = 0;
  TaskGroup group(loop_.executor());
  for (int i = 0; i < 10; ++i) {
    group.spawn(ask_and_count("a.example", answered));
  }
  const auto last = loop_.run(asking("a.example", milliseconds(20)));  // everybody else waits by then
  EXPECT_EQ(last.error().code, Errc::kTimeout);
  names_.gate.release();
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  EXPECT_TRUE(support::eventually([&] {
    ask("a.example");
    return group.running() == 0;
  }));
  EXPECT_EQ(answered, 10);
  EXPECT_EQ(names_.asked, 1);
}

TEST_F(ResolverTest, NamesThatDoNotExistDoNotMakeAKnownOneFail) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ask("missing" + std::to_string(i) + ".example"), to_string(Errc::kNotFound));
  }
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  EXPECT_EQ(ask("b.example"), "198.41.0.4:80 ");
}

TEST_F(ResolverTest, MoreNamesThanAreKeptAreAnsweredAllTheSame) {
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ask("a" + std::to_string(i) + ".example"), "198.41.0.4:80 ");
  }
  EXPECT_EQ(ask("a49.example"), "198.41.0.4:80 ");
  EXPECT_EQ(names_.asked, 50);
}

TEST_F(ResolverTest, UnknownNamesThatHangHoldUpNoKnownOne) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  TaskGroup group(loop_.executor());
  int answered = 0;
  for (int i = 0; i < 50; ++i) group.spawn(ask_and_count("hanging" + std::to_string(i) + ".example", answered));
  EXPECT_EQ(loop_.run(asking("hanging.example", milliseconds(0))).error().code, Errc::kUnavailable);  // all is full

  clock_.advance(minutes(2));
  names_.set({"198.41.0.5"});
  EXPECT_TRUE(support::eventually([&] { return ask("a.example") == "198.41.0.5:80 "; }));

  names_.hang.release(50);
  EXPECT_TRUE(support::eventually([&] {
    ask("a.example");
    return group.running() == 0;
  }));
  EXPECT_EQ(answered, 9);  // one that ran and eight that were queued; the others were refused
}

TEST_F(ResolverTest, KnownNamesThatWereSlowHoldUpNoOtherKnownOne) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  for (int i = 1; i <= 3; ++i) ask_slowly("hanging" + std::to_string(i) + ".example");

  clock_.advance(minutes(2));
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(ask("hanging" + std::to_string(i) + ".example"), "198.41.0.4:80 ");
  }
  names_.set({"198.41.0.5"});
  EXPECT_TRUE(support::eventually([&] { return ask("a.example") == "198.41.0.5:80 "; }));
  names_.hang.release(3);
}

TEST_F(ResolverTest, NamesThatAreQuickAndSlowInTurnHoldUpNoProvenOne) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  const std::array<std::string, 3> in_turn = {"hanging1.example", "hanging2.example", "hanging3.example"};
  for (const std::string& host : in_turn) ask_slowly(host);
  clock_.advance(minutes(2));
  for (const std::string& host : in_turn) {
    const int before = names_.asked;
    names_.hang.release();
    EXPECT_TRUE(support::eventually([&] { return ask(host) == "198.41.0.4:80 " && names_.asked > before; }));
  }

  clock_.advance(minutes(2));
  for (const std::string& host : in_turn) EXPECT_EQ(ask(host), "198.41.0.4:80 ");  // and now they hang
  names_.set({"198.41.0.5"});
  EXPECT_TRUE(support::eventually([&] { return ask("a.example") == "198.41.0.5:80 "; }));
  names_.hang.release(3);
}

TEST_F(ResolverTest, ALookupThatNobodyWaitsForTakesNoThread) {
  TaskGroup group(loop_.executor());
  int answered = 0;
  group.spawn(ask_and_count("hanging.example", answered));
  EXPECT_TRUE(poll_until([&] { return names_.asked == 1; }));
  for (int i = 0; i < 8; ++i) {  // the queue is full of them
    const std::string host = "hanging" + std::to_string(i) + ".example";
    EXPECT_EQ(loop_.run(asking(host, milliseconds(0))).error().code, Errc::kTimeout);
  }
  names_.hang.release();
  EXPECT_TRUE(poll_until([&] { return answered == 1 && group.running() == 0; }));

  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  EXPECT_EQ(names_.asked, 2);
}

TEST_F(ResolverTest, UnknownNamesThatHangHoldUpNoneThatTheRuleNames) {
  rule_.hosts = {"*.wild.example", "DL.named.example"};
  TaskGroup group(loop_.executor());
  int answered = 0;
  for (int i = 0; i < 10; ++i) group.spawn(ask_and_count("hanging" + std::to_string(i) + ".wild.example", answered));
  EXPECT_TRUE(poll_until([&] { return names_.asked == 1; }));

  EXPECT_EQ(ask("dl.named.example"), "198.41.0.4:80 ");
  EXPECT_EQ(ask("wild.example"), "198.41.0.4:80 ");
  EXPECT_EQ(loop_.run(asking("other.wild.example", milliseconds(0))).error().code, Errc::kUnavailable);
  EXPECT_EQ(names_.asked, 3);

  names_.hang.release(10);
  EXPECT_TRUE(poll_until([&] { return group.running() == 0; }));
  EXPECT_EQ(answered, 5);  // one that ran, and the half of the queue that one domain may have
}

TEST_F(ResolverTest, OnlyThoseWhoComeSoonWaitForALookupThatHangs) {
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  names_.hold = true;
  clock_.advance(minutes(2));
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 ");
  clock_.advance(seconds(1));
  TaskGroup group(loop_.executor());
  int answered = 0;
  group.spawn(ask_and_count("a.example", answered));
  loop_.poll();  // which runs what is ready, and waits for nothing
  EXPECT_EQ(answered, 1);

  names_.hold = false;
  names_.gate.release();
  EXPECT_TRUE(support::eventually([&] {
    loop_.poll();
    return group.running() == 0;
  }));
}

TEST_F(ResolverTest, LeavesOutAddressesThatARuleDoesNotAllow) {
  names_.set({"10.0.0.1", "198.41.0.4", "::1", "fe80::1", "2001:500:2::c"});
  EXPECT_EQ(ask("a.example"), "198.41.0.4:80 [2001:500:2::c]:80 ");
}

TEST_F(ResolverTest, RefusesNamesWithoutAnAllowedAddress) {
  const std::string_view cases[] = {
      "127.0.0.1",       "10.0.0.1",          "172.16.0.1", "192.168.1.1",
      "169.254.169.254", "100.64.0.1",        "0.0.0.0",    "224.0.0.1",
      "192.0.2.1",       "255.255.255.255",   "::1",        "::",
      "fe80::1",         "fc00::1",           "ff02::1",    "2001:db8::1",
      "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "198.18.0.1", "198.51.100.1",
      "203.0.113.1",     "2002:a00:1::1",
  };
  int i = 0;
  for (const std::string_view address : cases) {
    names_.set({address});
    EXPECT_EQ(ask("a" + std::to_string(++i) + ".example"), to_string(Errc::kRefused)) << address;
    EXPECT_EQ(ask(std::string(address)), to_string(Errc::kRefused)) << address;
  }
}

TEST_F(ResolverTest, AllowedNetworksMayBePrivate) {
  rule_.allowed_networks.push_back(*net::parse_prefix("10.0.0.0/24"));
  names_.set({"10.0.1.1", "10.0.0.7"});
  EXPECT_EQ(ask("a.example"), "10.0.0.7:80 ");
  EXPECT_EQ(ask("10.0.0.9"), "10.0.0.9:80 ");
  EXPECT_EQ(names_.asked, 1);
}

TEST_F(ResolverTest, OverridesAreTrusted) {
  resolver_->set_overrides({*parse_resolve_override("A.example", "127.0.0.1:9000"),
                            *parse_resolve_override("a.example:443", "127.0.0.1:9443"),
                            *parse_resolve_override("b.example", "::1")});

  EXPECT_EQ(ask("a.example"), "127.0.0.1:9000 ");
  EXPECT_EQ(ask("b.example"), "[::1]:80 ");
  EXPECT_EQ(names_.asked, 0);
}

TEST(ResolveOverride, RefusesWhatIsNone) {
  EXPECT_FALSE(parse_resolve_override("a b", "127.0.0.1:80"));
  EXPECT_FALSE(parse_resolve_override("a", "b.example:80"));
  EXPECT_FALSE(parse_resolve_override("a", "127.0.0.1:x"));
  EXPECT_FALSE(parse_resolve_override("*.a", "127.0.0.1:80"));
}

}  // namespace
}  // namespace larder::origin
