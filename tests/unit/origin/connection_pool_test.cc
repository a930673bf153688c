// ConnectionPool: who waits for a connection, and who gets the next one, on made-up time.
#include "origin/connection_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/loop_time.h"
#include "support/idle_stream.h"
#include "support/manual_clock.h"

namespace larder::origin {
namespace {

using std::chrono::seconds;

class OpenConnector final : public Connector {
 public:
  explicit OpenConnector(const Clock& clock) : clock_(clock) {}

  Task<Result<std::unique_ptr<net::ByteStream>>> connect(const Target&, Deadline deadline) override {
    ++made;
    if (meanwhile) meanwhile();
    time_left = deadline.time() - clock_.now();
    co_return std::make_unique<support::IdleStream>();
  }

  std::size_t made = 0;
  std::function<void()> meanwhile;   // happens while one is made
  SteadyTime::duration time_left{};  // the last one had

 private:
  const Clock& clock_;
};

class ConnectionPoolTest : public testing::Test {
 public:
  ~ConnectionPoolTest() override {
    pool_->abort();
    settle();
    leases_.clear();
  }

 protected:
  static constexpr seconds kToConnect{6};
  static constexpr seconds kPatience{16};  // of a request
  static constexpr std::size_t kIdleLimit = 64;

  ConnectionPoolTest() {
    net::LoopTime::of(executor()).simulate(clock_);
    target_.host = "a.example";
    target_.port = 80;
    start(64);
  }

  Executor executor() { return context_.get_executor(); }
  void start(std::size_t connections) {
    ConnectionPool::Options options;
    options.connections_per_origin = connections;
    options.idle_limit = kIdleLimit;
    pool_.emplace(executor(), connector_, clock_, options);
  }

  // Request: what came of one.
  struct Request {
    std::shared_ptr<Turn> turn;
    std::optional<Error> error;
    std::optional<std::size_t> place;  // it was the how manieth to get a connection
    SteadyTime ended{};
  };
  using Handle = std::shared_ptr<Request>;

  Handle ask(Urgency urgency, std::uint64_t client = 0) {
    const auto request = std::make_shared<Request>();
    request->turn = std::make_shared<Turn>(urgency);
    ask({ConnectionPool::Want::kAny, Use::kShared, request->turn, kToConnect, client}, request);
    return request;
  }
  Handle ask_for_one_client(std::uint64_t client = 0) {
    const auto request = std::make_shared<Request>();
    ask({ConnectionPool::Want::kAny, Use::kOneClient, nullptr, kToConnect, client}, request);
    return request;
  }
  std::vector<Handle> ask(std::size_t count, Urgency urgency, std::uint64_t client = 0) {
    std::vector<Handle> requests;
    for (std::size_t i = 0; i < count; ++i) requests.push_back(ask(urgency, client));
    return requests;
  }
  static std::size_t served(const std::vector<Handle>& requests) {
    const auto is_served = [](const Handle& each) { return each->place.has_value(); };
    return static_cast<std::size_t>(std::ranges::count_if(requests, is_served));
  }

  /// Runs what is ready.
  void settle() {
    context_.restart();
    context_.poll();
  }
  void pass(SteadyTime::duration time) {
    clock_.advance(time);
    net::LoopTime::of(executor()).wake_due();
    settle();
  }
  /// The connection that was taken first is free again.
  void end_first() {
    leases_.front().give_back();
    leases_.pop_front();
    settle();
  }

  support::ManualClock clock_;
  asio::io_context context_{1};
  OpenConnector connector_{clock_};
  Target target_;
  std::optional<ConnectionPool> pool_;
  std::list<ConnectionPool::Lease> leases_;  // in the order in which they were taken

 private:
  void ask(ConnectionPool::Ask what, const Handle& request) {
    asio::co_spawn(context_, run(std::move(what), request), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    settle();
  }
  Task<void> run(ConnectionPool::Ask what, Handle request) {
    auto lease = co_await pool_->acquire(target_, what, Deadline(clock_.now() + kPatience));
    request->ended = clock_.now();
    if (!lease) {
      request->error = std::move(lease).error();
      co_return;
    }
    request->place = places_++;
    leases_.push_back(*std::move(lease));
  }

  std::size_t places_ = 0;
};

TEST_F(ConnectionPoolTest, TheMostUrgentIsNextAndFirstComeFirstServedAmongEquals) {
  start(1);
  ask(Urgency::kFirstByte);
  const Handle ahead = ask(Urgency::kReadAhead);
  const Handle awaited = ask(Urgency::kAwaited);
  const Handle first = ask(Urgency::kFirstByte);
  const Handle second = ask(Urgency::kFirstByte);
  EXPECT_EQ(pool_->waiting_count(Urgency::kFirstByte), 2U);
  EXPECT_EQ(pool_->waiting_count(Urgency::kAwaited), 1U);
  EXPECT_EQ(pool_->waiting_count(Urgency::kReadAhead), 1U);

  for (int i = 0; i < 4; ++i) end_first();
  EXPECT_EQ(first->place, 1U);
  EXPECT_EQ(second->place, 2U);
  EXPECT_EQ(awaited->place, 3U);
  EXPECT_EQ(ahead->place, 4U);
  EXPECT_EQ(connector_.made, 1U);
  for (const Urgency each : {Urgency::kFirstByte, Urgency::kAwaited, Urgency::kReadAhead}) {
    EXPECT_EQ(pool_->waiting_count(each), 0U);
  }
}

TEST_F(ConnectionPoolTest, WhatIsWaitedForBySomebodyNowOvertakes) {
  start(1);
  ask(Urgency::kFirstByte);
  const Handle early = ask(Urgency::kReadAhead);
  const Handle late = ask(Urgency::kReadAhead);
  std::thread([&] { late->turn->raise(Urgency::kAwaited); }).join();  // a reader on another loop
  settle();
  EXPECT_EQ(pool_->waiting_count(Urgency::kAwaited), 1U);
  late->turn->raise(Urgency::kReadAhead);
  EXPECT_EQ(late->turn->urgency(), Urgency::kAwaited) << "it never falls";
  end_first();
  EXPECT_EQ(late->place, 1U);
  end_first();
  EXPECT_EQ(early->place, 2U);
}

// Windows of five runs each: 40 that are awaited, 160 that are read ahead.
TEST_F(ConnectionPoolTest, FortyLargeDownloadsLeaveTheNextConnectionToAFirstByte) {
  std::vector<Handle> awaited;
  std::vector<Handle> ahead;
  for (int i = 0; i < 40; ++i) {
    awaited.push_back(ask(Urgency::kAwaited));
    std::ranges::move(ask(4, Urgency::kReadAhead), std::back_inserter(ahead));
  }
  const Handle small = ask(Urgency::kFirstByte);
  EXPECT_TRUE(small->place) << "none had to end for it";

  // Now all are taken, and none of those that wait come before first bytes.
  EXPECT_EQ(served(ask(7, Urgency::kFirstByte)), 7U);
  EXPECT_EQ(pool_->leased_count(), 64U);
  const Handle next = ask(Urgency::kFirstByte);
  EXPECT_FALSE(next->place);
  end_first();
  EXPECT_TRUE(next->place);

  // What is awaited goes before all that is read ahead.
  const std::size_t before = served(ahead);
  while (served(awaited) < awaited.size()) end_first();
  EXPECT_EQ(served(ahead), before);
}

TEST_F(ConnectionPoolTest, WhatIsReadAheadHasHalfAndGetsMoreOnceSomebodyWaits) {
  const std::vector<Handle> ahead = ask(40, Urgency::kReadAhead);
  EXPECT_EQ(served(ahead), 32U);
  ahead.back()->turn->raise(Urgency::kAwaited);
  settle();
  EXPECT_TRUE(ahead.back()->place) << "there was room for it all the time";
  EXPECT_EQ(served(ahead), 33U);
  end_first();
  EXPECT_EQ(served(ahead), 34U);
}

TEST_F(ConnectionPoolTest, WhatIsForwardedHasHalf) {
  start(4);
  std::vector<Handle> forwarded;
  for (int i = 0; i < 4; ++i) forwarded.push_back(ask_for_one_client());
  EXPECT_EQ(served(forwarded), 2U);
  EXPECT_EQ(served(ask(2, Urgency::kFirstByte)), 2U);
  const Handle shared = ask(Urgency::kFirstByte);
  leases_.erase(std::next(leases_.begin(), 2));  // of what is shared
  settle();
  EXPECT_TRUE(shared->place) << "those who came earlier may not have it";
  EXPECT_EQ(served(forwarded), 2U);
  end_first();
  EXPECT_EQ(served(forwarded), 3U);
}

TEST_F(ConnectionPoolTest, OneClientThatQueuesForMoreThanItGetsHoldsUpNobodyElse) {
  start(8);
  const std::vector<Handle> greedy = ask(100, Urgency::kFirstByte, 7);
  EXPECT_EQ(served(greedy), 4U);
  EXPECT_EQ(served(ask(1, Urgency::kFirstByte, 8)), 1U);
  EXPECT_EQ(served(ask(3, Urgency::kFirstByte, 9)), 3U);
  // Now all are taken: who has fewest is next.
  const Handle more = ask(Urgency::kFirstByte, 8);
  const Handle another = ask(Urgency::kFirstByte, 10);
  end_first();  // of 7
  EXPECT_TRUE(another->place);
  EXPECT_FALSE(more->place);
  end_first();
  EXPECT_TRUE(more->place);
  EXPECT_EQ(served(greedy), 4U);
  end_first();
  EXPECT_EQ(served(greedy), 5U) << "nobody else waits";
}

TEST_F(ConnectionPoolTest, OneClientsShareIsNotMoreForWhatIsMoreUrgent) {
  start(8);
  EXPECT_EQ(served(ask(4, Urgency::kReadAhead, 7)), 4U);
  const Handle urgent = ask(Urgency::kFirstByte, 7);
  EXPECT_FALSE(urgent->place);
  EXPECT_EQ(served(ask(2, Urgency::kAwaited, 8)), 2U) << "others get theirs meanwhile";
  end_first();
  EXPECT_TRUE(urgent->place);
}

TEST_F(ConnectionPoolTest, OneSlowReaderOfWhatIsForwardedLeavesHalfOfItToOthers) {
  start(8);
  std::vector<Handle> slow;
  for (int i = 0; i < 200; ++i) slow.push_back(ask_for_one_client(7));
  EXPECT_EQ(served(slow), 2U);
  const Handle other = ask_for_one_client(8);
  EXPECT_TRUE(other->place);
}

// Whoever asked for an object first may have used up its share; another client that wants it has not.
TEST_F(ConnectionPoolTest, WhatOthersWaitForTooDoesNotWaitForTheShareOfWhoAskedFirst) {
  start(8);
  EXPECT_EQ(served(ask(6, Urgency::kFirstByte, 7)), 4U);
  const Handle wanted_by_two = ask(Urgency::kFirstByte, 7);
  EXPECT_FALSE(wanted_by_two->place);
  wanted_by_two->turn->join(8, Urgency::kFirstByte);
  settle();
  EXPECT_TRUE(wanted_by_two->place);
  EXPECT_EQ(served(ask(4, Urgency::kFirstByte, 8)), 3U) << "it counts as one of theirs";
}

// Under a wildcard rule anybody makes up hosts, and each leaves an idle connection.
TEST_F(ConnectionPoolTest, MadeUpHostsDoNotPushOutAConnectionThatIsUsedAgain) {
  const auto ask_once = [this](const std::string& host) {
    target_.host = host;
    ask(Urgency::kFirstByte);
    end_first();
  };
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < 2 * kIdleLimit; ++i) {
      ask_once(std::to_string(i) + ".example");
      clock_.advance(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(pool_->idle_count(), kIdleLimit);
    if (round == 0) ask_once("good.example");
    const std::size_t before = connector_.made;
    ask_once("good.example");
    EXPECT_EQ(connector_.made, before) << round;
  }
}

TEST_F(ConnectionPoolTest, WhoHasNoShareIsRememberedHoweverManyOthersWait) {
  start(8);
  ask(4, Urgency::kFirstByte, 7);
  const Handle wanted = ask(Urgency::kFirstByte, 7);
  for (std::uint64_t client = 100; client < 120; ++client) wanted->turn->join(client, Urgency::kFirstByte);
  EXPECT_EQ(wanted->turn->clients().size(), Turn::kMostClients);
  wanted->turn->join(0, Urgency::kFirstByte);
  EXPECT_EQ(wanted->turn->clients().back(), 0U);
}

TEST_F(ConnectionPoolTest, WhoHasNoShareDoesNotWaitForThatOfWhoAskedFirst) {
  start(8);
  EXPECT_EQ(served(ask(6, Urgency::kFirstByte, 7)), 4U);
  const Handle wanted_by_two = ask(Urgency::kFirstByte, 7);
  wanted_by_two->turn->join(0, Urgency::kFirstByte);
  settle();
  EXPECT_TRUE(wanted_by_two->place);
}

TEST_F(ConnectionPoolTest, WhoeverJoinsARequestDoesNotCostItItsPlaceInTheLine) {
  start(1);
  ask(Urgency::kFirstByte, 9);
  const Handle first = ask(Urgency::kFirstByte, 1);
  const Handle second = ask(Urgency::kFirstByte, 2);
  for (std::uint64_t client = 3; client < 6; ++client) {
    first->turn->join(client, Urgency::kFirstByte);
    settle();
  }
  end_first();
  EXPECT_TRUE(first->place);
  EXPECT_FALSE(second->place);
}

TEST_F(ConnectionPoolTest, WhoWaitedForItsOwnShareIsToldSo) {
  start(4);
  ask(2, Urgency::kFirstByte, 7);
  const Handle late = ask(Urgency::kFirstByte, 7);
  pass(kPatience);
  ASSERT_TRUE(late->error);
  EXPECT_EQ(late->error->code, Errc::kTimeout);
  EXPECT_NE(late->error->text.find("as many connections to a.example as one client may have"), std::string::npos)
      << late->error->text;
}

// Each exchange takes 5 s, so the last have waited for 15 s.
TEST_F(ConnectionPoolTest, TwoHundredFirstBytesGetTheirConnectionWithinTheirDeadline) {
  const SteadyTime begun = clock_.now();
  const std::vector<Handle> requests = ask(200, Urgency::kFirstByte);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(served(requests), 64U * (static_cast<std::size_t>(round) + 1));
    pass(seconds(5));
    std::list<ConnectionPool::Lease> ending = std::exchange(leases_, {});
    for (ConnectionPool::Lease& lease : ending) lease.give_back();
    settle();
  }
  EXPECT_EQ(served(requests), requests.size());
  EXPECT_EQ(requests.back()->ended, begun + seconds(15));
  EXPECT_EQ(requests.back()->turn->waited(), seconds(15));
  EXPECT_FALSE(requests.back()->turn->was_in_vain());
}

TEST_F(ConnectionPoolTest, TheDeadlineEndsTheWait) {
  start(1);
  ask(Urgency::kFirstByte);
  const Handle cached = ask(Urgency::kReadAhead);
  const Handle forwarded = ask_for_one_client();
  pass(kPatience - seconds(1));
  EXPECT_FALSE(cached->error || forwarded->error);
  pass(seconds(1));
  for (const Handle& each : {cached, forwarded}) {
    ASSERT_TRUE(each->error);
    EXPECT_EQ(each->error->code, Errc::kTimeout);
  }
  EXPECT_TRUE(cached->turn->was_in_vain());
  EXPECT_EQ(pool_->waiting_count(Urgency::kReadAhead), 0U);
  EXPECT_EQ(pool_->waiting_count(Urgency::kFirstByte), 0U);
  end_first();
  EXPECT_EQ(pool_->leased_count(), 0U);
}

TEST_F(ConnectionPoolTest, AfterTheWaitThereIsAllOfTheTimeToConnect) {
  start(1);
  ask(Urgency::kFirstByte);
  const Handle late = ask(Urgency::kAwaited);
  pass(kPatience - seconds(1));
  leases_.clear();  // closed: another one has to be made
  settle();
  EXPECT_TRUE(late->place);
  EXPECT_EQ(connector_.made, 2U);
  EXPECT_EQ(connector_.time_left, kToConnect);
}

TEST_F(ConnectionPoolTest, WhoWaitsAtTheEndIsToldSo) {
  start(1);
  ask(Urgency::kFirstByte);
  const Handle waiting = ask(Urgency::kFirstByte);
  pool_->abort();
  settle();
  ASSERT_TRUE(waiting->error);
  EXPECT_EQ(waiting->error->code, Errc::kCancelled);
  EXPECT_FALSE(waiting->turn->was_in_vain());
}

TEST_F(ConnectionPoolTest, WhoConnectsAtTheEndIsToldSo) {
  connector_.meanwhile = [this] { pool_->abort(); };
  const Handle connecting = ask(Urgency::kFirstByte);
  ASSERT_TRUE(connecting->error);
  EXPECT_EQ(connecting->error->code, Errc::kCancelled);
}

}  // namespace
}  // namespace larder::origin
