// The small decisions: which address first, who trickles, whose request is our own.
#include <gtest/gtest.h>

#include "core/stall_guard.h"
#include "origin/address_trials.h"
#include "origin/request_loop.h"

namespace larder::origin {
namespace {

using std::chrono::seconds;

std::vector<net::Endpoint> endpoints(std::initializer_list<std::string_view> texts) {
  std::vector<net::Endpoint> made;
  for (const std::string_view text : texts) made.push_back(*net::parse_endpoint(text));
  return made;
}

TEST(AddressTrials, FamiliesTakeTurnsAndTheFirstStaysFirst) {
  const AddressTrials trials;
  EXPECT_EQ(trials.order(endpoints({"[2001:db8::1]:80", "[2001:db8::2]:80", "192.0.2.1:80"}), {}),
            endpoints({"[2001:db8::1]:80", "192.0.2.1:80", "[2001:db8::2]:80"}));
  EXPECT_TRUE(trials.order({}, {}).empty());
}

TEST(AddressTrials, FailedAddressesComeLastForAWhile) {
  AddressTrials trials;
  const auto all = endpoints({"192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"});
  const SteadyTime now = SteadyTime() + seconds(1000);
  trials.failed(all[0], now);

  EXPECT_EQ(trials.order(all, now + seconds(29)), endpoints({"192.0.2.2:80", "192.0.2.3:80", "192.0.2.1:80"}));
  EXPECT_EQ(trials.order(all, now + seconds(30)), all);
  trials.worked(all[0]);
  EXPECT_EQ(trials.order(all, now), all);
}

TEST(StallGuard, CountsOnlyTheTimeSpentWaiting) {
  StallGuard guard({});
  EXPECT_TRUE(guard.keeps_up(seconds(10), 1));
  EXPECT_TRUE(guard.keeps_up(seconds(9), 1));
  EXPECT_FALSE(guard.keeps_up(seconds(1), 1));

  StallGuard quick({});
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(quick.keeps_up(seconds(1), 1024));
  EXPECT_TRUE(quick.keeps_up(seconds(19), 1));
}

TEST(RequestLoop, FindsOnlyThisNode) {
  struct Case {
    std::string_view fields;
    bool is_loop;
  };
  const Case cases[] = {
      {"", false},
      {"CDN-Loop: larder-a\r\n", true},
      {"cdn-loop: other, Larder-A; x=1\r\n", true},
      {"CDN-Loop: larder-ab\r\n", false},
      {"CDN-Loop: xlarder-a\r\n", false},
      {"CDN-Loop: other\r\nCDN-Loop: larder-a\r\n", true},
      {"Via: 1.1 larder-a\r\n", true},
      {"Via: 1.0 fred, HTTP/1.1 larder-a (comment), 1.1 p\r\n", true},
      {"Via: 1.1 larder-b\r\n", false},
      {"Via: larder-a\r\n", false},
      {"Via: ,,, ,\r\n", false},
      {"X-Via: 1.1 larder-a\r\n", false},
  };
  for (const Case& c : cases) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(c.fields) + "\r\n";
    const auto head = http::parse_request_head(bytes, 16 * 1024);
    ASSERT_TRUE(head && *head) << c.fields;
    EXPECT_EQ(is_loop(**head, "a"), c.is_loop) << c.fields;
  }
}

}  // namespace
}  // namespace larder::origin
