// Bodies whose length is not told, where no drive has room for all that has come of them.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "core/bytes.h"
#include "net/timer.h"
#include "simulation/scenario.h"
#include "simulation/scenario_client.h"
#include "simulation/scenario_origin.h"

namespace larder::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Untold : public testing::Test {
 protected:
  static Scenario::Options options() {
    Scenario::Options options;
    options.clients = kNoLimits;
    options.fill_memory = 16 * kMiB;
    options.drives = 1;
    options.origin_manner = [](const std::string&) {
      Manner manner;
      manner.lines[1] = std::make_shared<Line>(4 * kMiB);
      return manner;
    };
    options.origin = serve_scenario;
    return options;
  }

  Task<void> fetch(seconds later, milliseconds leaves_after, Received& received) {
    net::Timer timer(scenario_.executor());
    co_await timer.wait(scenario_.clock().now() + later);
    const Download what{"endless-1.test", "/1/object", 0};
    Behaviour behaviour;
    behaviour.leaves_after = leaves_after;
    behaviour.reads_chunks = true;
    const Manner manner;
    received = co_await download(scenario_.connect_to_node(manner), what, behaviour);
    ++ended_;
  }

  Scenario scenario_{options()};
  unsigned ended_ = 0;
};

// When the clients that wait for its length are let in, the first slices are on the drive, and those behind them
// nowhere.
TEST_F(Untold, NoResponseIsBegunOfWhichAPartIsGone) {
  scenario_.disk().limit_room("/drives/1", 3 * kMiB);
  Received first;
  Received second;
  scenario_.spawn(fetch(seconds(0), seconds(10), first));
  scenario_.spawn(fetch(seconds(4), seconds(8), second));
  ASSERT_TRUE(scenario_.run_until([this] { return ended_ == 2; }));
  EXPECT_GT(first.bytes, 6 * kMiB);
  EXPECT_EQ(second.status, 200);
  EXPECT_GT(second.bytes, 6 * kMiB);
  EXPECT_TRUE(scenario_.wind_down());
}

}  // namespace
}  // namespace larder::simulation
