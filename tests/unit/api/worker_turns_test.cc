#include "api/worker_turns.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/task_fixture.h"

namespace larder::api {
namespace {

net::IpAddress client_number(unsigned i) { return net::IpAddress::v4(0xc0000200 + i); }

class WorkerTurnsTest : public support::TaskFixture {
 protected:
  explicit WorkerTurnsTest(WorkerTurns::Limits limits = {.workers = 2, .waiting = 8, .of_client = 3})
      : turns_(executor(), limits) {}

  /// Asks for a turn; whether it was given one is the next of `answers_`, once it is known.
  void ask(unsigned client, std::string name) { ask(client_number(client), std::move(name)); }
  void ask(const net::IpAddress& client, std::string name, WorkerTurns::Work work = WorkerTurns::Work::kReads) {
    tasks_.spawn(enter(client, std::move(name), work));
  }
  Task<void> enter(net::IpAddress client, std::string name, WorkerTurns::Work work) {
    const bool entered = co_await turns_.enter(client, work);
    if (entered) running_.emplace_back(client, work);
    answers_.push_back(entered ? std::move(name) : "refused " + name);
  }
  /// Whoever has had a worker for the longest.
  void leave() {
    const auto [client, work] = running_.front();
    running_.pop_front();
    turns_.leave(client, work);
  }
  void settle(std::size_t answers, std::size_t waiting) {
    run_until([&] { return answers_.size() == answers && turns_.waiting() == waiting && tasks_.running() == waiting; });
  }

  WorkerTurns turns_;
  std::vector<std::string> answers_;
  std::deque<std::pair<net::IpAddress, WorkerTurns::Work>> running_;
};

TEST_F(WorkerTurnsTest, FreeWorkersAreGivenAtOnce) {
  ask(1, "a");
  ask(1, "b");
  settle(2, 0);
  leave();
  ask(2, "c");
  settle(3, 0);
}

TEST_F(WorkerTurnsTest, ClientsTakeTurnsHoweverManyEachHasWaiting) {
  ask(1, "a1");
  ask(1, "a2");
  settle(2, 0);
  for (const char* name : {"a3", "a4", "a5"}) ask(1, name);
  ask(2, "b1");
  ask(2, "b2");
  ask(3, "c1");
  settle(2, 6);
  for (std::size_t i = 3; i <= 8; ++i) {
    leave();
    settle(i, 8 - i);
  }
  EXPECT_EQ(answers_, (std::vector<std::string>{"a1", "a2", "a3", "b1", "c1", "a4", "b2", "a5"}));
}

TEST_F(WorkerTurnsTest, AClientMayHaveItsShareWaitingAndOthersTheirs) {
  ask(1, "a1");
  ask(1, "a2");
  settle(2, 0);
  for (const char* name : {"a3", "a4", "a5", "a6"}) ask(1, name);
  settle(3, 3);
  EXPECT_EQ(answers_.back(), "refused a6");
  for (unsigned client = 2; client < 20; ++client) ask(client, "first");
  settle(3, 21);
  ask(2, "second");
  settle(4, 21);
  EXPECT_EQ(answers_.back(), "refused second") << "there are many already";
  for (std::size_t i = 5; i <= 25; ++i) {
    leave();
    settle(i, 25 - i);
  }
}

TEST_F(WorkerTurnsTest, ASiteHasOneTurnHoweverManyNetworksItAsksFrom) {
  ask(1, "a1");
  ask(1, "a2");
  settle(2, 0);
  for (int network = 1; network <= 5; ++network) {
    const std::string name = std::to_string(network);
    ask(*net::parse_address("2001:db8:1:" + name + "::1"), "site" + name);
  }
  ask(*net::parse_address("2001:db8:2:1::1"), "other");
  settle(2, 6);
  for (std::size_t i = 3; i <= 8; ++i) {
    leave();
    settle(i, 8 - i);
  }
  EXPECT_EQ(answers_, (std::vector<std::string>{"a1", "a2", "site1", "other", "site2", "site3", "site4", "site5"}));
}

class ManyWorkers : public WorkerTurnsTest {
 protected:
  ManyWorkers() : WorkerTurnsTest({.workers = 8, .waiting = 100, .of_client = 50}) {}
  void end() {
    while (!running_.empty()) {
      leave();
      run_until([&] { return tasks_.running() == turns_.waiting(); });
    }
  }
};

TEST_F(ManyWorkers, ASiteLeavesSomeToOthersHoweverSlowItsWorkIs) {
  for (int i = 1; i <= 8; ++i) ask(1, "slow" + std::to_string(i));
  settle(6, 2);
  ask(2, "other");
  settle(7, 2);
  EXPECT_EQ(answers_.back(), "other");
  leave();
  settle(8, 1);
  EXPECT_EQ(answers_.back(), "slow7");
  end();
}

TEST_F(ManyWorkers, ASiteThatWritesMakesFewOthersWaitForTheDatabase) {
  const net::IpAddress writer = client_number(1);
  for (int i = 1; i <= 5; ++i) ask(writer, "write" + std::to_string(i), WorkerTurns::Work::kWrites);
  settle(2, 3);
  ask(client_number(2), "another's", WorkerTurns::Work::kWrites);
  settle(3, 3);
  EXPECT_EQ(answers_.back(), "another's");
  leave();
  settle(4, 2);
  EXPECT_EQ(answers_.back(), "write3");
  end();
}

TEST_F(ManyWorkers, WhatReadsDoesNotWaitBehindWhatMayNotWriteYet) {
  const net::IpAddress office = client_number(1);
  for (int i = 1; i <= 3; ++i) ask(office, "write" + std::to_string(i), WorkerTurns::Work::kWrites);
  settle(2, 1);
  ask(office, "read");
  settle(3, 1);
  EXPECT_EQ(answers_.back(), "read");
  end();
}

}  // namespace
}  // namespace larder::api
