// An origin that says nothing: what is at hand is served before a client has had enough.
#include <gtest/gtest.h>

#include <chrono>

#include "core/bytes.h"
#include "simulation/scenario.h"
#include "simulation/scenario_client.h"
#include "simulation/scenario_origin.h"

namespace larder::simulation {
namespace {

using std::chrono::seconds;

class Patience : public testing::Test {
 protected:
  static Scenario::Options options() {
    Scenario::Options options;
    options.clients = kNoLimits;
    options.origin_manner = [](const std::string&) { return Manner{}; };
    options.origin = serve_scenario;
    return options;
  }

  Task<void> fetch_twice(std::string path) {
    const Download what{"silent-1.test", std::move(path), 0};
    const Behaviour plain;
    const Manner manner;
    scenario_.hold_drives(scenario_.clock().now() + seconds(30));
    first_ = co_await download(scenario_.connect_to_node(manner), what, plain);
    second_ = co_await download(scenario_.connect_to_node(manner), what, plain);
    ended_ = true;
  }

  Scenario scenario_{options()};
  Received first_;
  Received second_;
  bool ended_ = false;
};

// Drives that write nothing for half a minute, and a client that asks again at once.
TEST_F(Patience, WhatIsOnItsWayToADriveIsServedWhileItsOriginThinks) {
  scenario_.spawn(fetch_twice("/3145728/object"));
  ASSERT_TRUE(scenario_.run_until([this] { return ended_; }));
  EXPECT_TRUE(first_.complete);
  EXPECT_TRUE(second_.complete);
  EXPECT_EQ(second_.bytes, 3 * kMiB);
  EXPECT_GE(second_.first_byte - second_.asked, seconds(3)) << "the origin was asked, and given time to answer";
  EXPECT_LE(second_.first_byte - second_.asked, seconds(4));
  EXPECT_TRUE(scenario_.wind_down());
}

}  // namespace
}  // namespace larder::simulation
