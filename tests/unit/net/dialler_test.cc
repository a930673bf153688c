#include "net/dialler.h"

#include "support/task_fixture.h"

namespace larder::net {
namespace {

class DiallerTest : public support::TaskFixture {};

TEST_F(DiallerTest, ARefusedConnectionNamesTheEndpoint) {
  auto listener = Listener::open(executor(), sweeper_, *parse_endpoint("127.0.0.1:0"));
  ASSERT_TRUE(listener);
  const Endpoint endpoint = (*listener)->local();
  listener->reset();
  const auto stream = run(dial(executor(), sweeper_, endpoint, SteadyTime::max()));
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Errc::kUnavailable);
  EXPECT_NE(stream.error().text.find(to_string(endpoint)), std::string::npos);
}

TEST_F(DiallerTest, AServerThatNeverAnswersIsATimeout) {
  // A full backlog: the kernel lets further connections wait for their SYN's answer.
  const Listener::Options tiny = {.reuse_port = false, .backlog = 0};
  auto listener = Listener::open(executor(), sweeper_, *parse_endpoint("127.0.0.1:0"), tiny);
  ASSERT_TRUE(listener);
  auto first = run(dial(executor(), sweeper_, (*listener)->local(), SteadyTime::max()));
  ASSERT_TRUE(first);

  const SteadyTime soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  const auto second = run(dial(executor(), sweeper_, (*listener)->local(), soon));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kTimeout);
}

}  // namespace
}  // namespace larder::net
