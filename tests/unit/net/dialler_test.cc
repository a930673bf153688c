#include "net/dialler.h"

#include "support/task_fixture.h"

namespace larder::net {
namespace {

class DiallerTest : public support::TaskFixture {
 protected:
  /// An address that swallows packets: its backlog is full, so that the kernel does not answer who knocks.
  Endpoint black_hole() {
    const Listener::Options tiny = {.reuse_port = false, .backlog = 0};
    listeners_.push_back(*Listener::open(executor(), sweeper_, *parse_endpoint("127.0.0.1:0"), tiny));
    const Endpoint endpoint = listeners_.back()->local();
    streams_.push_back(*run(dial(executor(), sweeper_, endpoint, SteadyTime::max())));
    return endpoint;
  }
  Endpoint server() {
    listeners_.push_back(*Listener::open(executor(), sweeper_, *parse_endpoint("127.0.0.1:0")));
    return listeners_.back()->local();
  }
  /// Where nobody listens, nor will: the port is taken.
  Endpoint refusing() {
    taken_.emplace_back(executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return *parse_endpoint("127.0.0.1:" + std::to_string(taken_.back().local_endpoint().port()));
  }
  Dialled race(std::vector<Endpoint> endpoints, DialSchedule::Options options, SteadyTime deadline) {
    return run(dial_first(executor(), sweeper_, std::move(endpoints), options, deadline));
  }

  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<ByteStream>> streams_;
  std::vector<asio::ip::tcp::socket> taken_;  // bound, and not listening
};

constexpr auto kNever = std::chrono::hours(24);  // within a test

TEST_F(DiallerTest, ARefusedConnectionNamesTheEndpoint) {
  const Endpoint endpoint = refusing();
  const auto stream = run(dial(executor(), sweeper_, endpoint, SteadyTime::max()));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::kUnavailable);
  EXPECT_NE(stream.error().text.find(to_string(endpoint)), std::string::npos);
}

TEST_F(DiallerTest, AServerThatNeverAnswersIsATimeout) {
  const Endpoint silent = black_hole();
  const SteadyTime soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  const auto second = run(dial(executor(), sweeper_, silent, soon));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kTimeout);
}

TEST_F(DiallerTest, AnAddressThatSwallowsPacketsIsOvertaken) {
  const Endpoint silent = black_hole();
  const Endpoint good = server();
  const Dialled dialled = race({silent, good}, {std::chrono::milliseconds(1), kNever}, SteadyTime::max());
  ASSERT_NE(dialled.stream, nullptr) << dialled.error.text;
  EXPECT_EQ(dialled.stream->peer(), good);
  EXPECT_EQ(dialled.passed_over, std::vector<Endpoint>{silent});
}

TEST_F(DiallerTest, AnAddressThatRefusesIsFollowedByTheNextAtOnce) {
  const Endpoint closed = refusing();
  const Endpoint good = server();
  const Dialled dialled = race({closed, good}, {kNever, kNever}, SteadyTime::max());
  ASSERT_NE(dialled.stream, nullptr) << dialled.error.text;
  EXPECT_EQ(dialled.stream->peer(), good);
  EXPECT_EQ(dialled.passed_over, std::vector<Endpoint>{closed});
}

TEST_F(DiallerTest, NobodyIsBotheredOnceOneHasAnswered) {
  const Endpoint good = server();
  const Endpoint other = server();
  const Dialled dialled = race({good, other}, {kNever, kNever}, SteadyTime::max());
  ASSERT_NE(dialled.stream, nullptr);
  EXPECT_EQ(dialled.stream->peer(), good);
  EXPECT_TRUE(dialled.passed_over.empty());
  const auto mine = run(dial(executor(), sweeper_, other, SteadyTime::max()));
  ASSERT_TRUE(mine);
  EXPECT_EQ((*run(listeners_[1]->accept()))->peer(), (*mine)->local()) << "somebody was there before";
}

TEST_F(DiallerTest, WhoeverIsGivenUpSeesTheConnectionEnd) {
  // Both connect before the race looks: the first one wins, the other's connection is closed.
  const Endpoint good = server();
  const Endpoint other = server();
  const Dialled dialled = race({good, other}, {std::chrono::milliseconds(0), kNever}, SteadyTime::max());
  ASSERT_NE(dialled.stream, nullptr);
  const auto given_up = run(listeners_[dialled.stream->peer() == good ? 1 : 0]->accept());
  ASSERT_TRUE(given_up);
  EXPECT_EQ(run(support::read_to_end(**given_up)), "");
}

TEST_F(DiallerTest, WhenAllFailTheLastFailureIsTold) {
  const Endpoint first = refusing();
  const Endpoint second = refusing();
  const Dialled dialled = race({first, second}, {kNever, kNever}, SteadyTime::max());
  EXPECT_EQ(dialled.stream, nullptr);
  EXPECT_EQ(dialled.error.code, Errc::kUnavailable);
  EXPECT_NE(dialled.error.text.find(to_string(second)), std::string::npos) << dialled.error.text;
  EXPECT_EQ(dialled.passed_over.size(), 2U);
}

TEST_F(DiallerTest, PatienceWithSilentAddressesEnds) {
  const Endpoint silent = black_hole();
  const auto soon = std::chrono::milliseconds(5);
  EXPECT_EQ(race({silent}, {kNever, soon}, SteadyTime::max()).error.code, Errc::kTimeout);
  const Dialled dialled = race({silent}, {kNever, kNever}, std::chrono::steady_clock::now() + soon);
  EXPECT_EQ(dialled.error.code, Errc::kTimeout);
  EXPECT_EQ(dialled.passed_over, std::vector<Endpoint>{silent});
}

}  // namespace
}  // namespace larder::net
