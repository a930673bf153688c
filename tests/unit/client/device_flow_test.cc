#include "client/device_flow.h"

#include <gtest/gtest.h>

namespace larder::client {
namespace {

using std::chrono::seconds;

DeviceFlow flow() { return *DeviceFlow::begin({{"device_code", "d"}, {"interval", 5}, {"expires_in", 600}}); }

TEST(DeviceFlow, PendingMeansAskAgainAfterTheSameTime) {
  DeviceFlow waiting = flow();
  const auto token = waiting.take(400, {{"error", "authorization_pending"}});
  ASSERT_TRUE(token);
  EXPECT_FALSE(*token);
  EXPECT_EQ(waiting.interval(), seconds(5));
}

TEST(DeviceFlow, SlowDownAddsFiveSeconds) {
  DeviceFlow waiting = flow();
  ASSERT_TRUE(waiting.take(400, {{"error", "slow_down"}}));
  EXPECT_EQ(waiting.interval(), seconds(10));
  ASSERT_TRUE(waiting.take(400, {{"error", "slow_down"}}));
  EXPECT_EQ(waiting.interval(), seconds(15));
}

TEST(DeviceFlow, ATokenEndsIt) {
  DeviceFlow waiting = flow();
  const auto token = waiting.take(200, {{"access_token", "ldr_x"}});
  ASSERT_TRUE(token);
  EXPECT_EQ(*token, "ldr_x");
}

TEST(DeviceFlow, DeniedAndExpiredEndIt) {
  EXPECT_EQ(flow().take(400, {{"error", "access_denied"}}).error().kind, FailureKind::kForbidden);
  EXPECT_EQ(flow().take(400, {{"error", "expired_token"}}).error().kind, FailureKind::kNotSignedIn);
  EXPECT_EQ(flow().take(400, {{"error", "invalid_request"}}).error().kind, FailureKind::kUnreachable);
}

TEST(DeviceFlow, APortalThatFailsIsAskedLessOften) {
  DeviceFlow waiting = flow();
  ASSERT_TRUE(waiting.take(503, nullptr));
  EXPECT_EQ(waiting.interval(), seconds(10));
  waiting.take_silence();
  EXPECT_EQ(waiting.interval(), seconds(20));
}

TEST(DeviceFlow, ItsNumbersAreBounded) {
  const auto wild = DeviceFlow::begin({{"device_code", "d"}, {"interval", 999999}, {"expires_in", 1e15}});
  ASSERT_TRUE(wild);
  EXPECT_LE(wild->interval(), seconds(60));
  EXPECT_LE(wild->lifetime(), seconds(3600));
  EXPECT_FALSE(DeviceFlow::begin({{"interval", 5}}));
}

}  // namespace
}  // namespace larder::client
