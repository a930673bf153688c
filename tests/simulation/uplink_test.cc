// A slow uplink that all share: downloads through the node end no later than without it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "simulation/scenario.h"
#include "simulation/scenario_client.h"
#include "simulation/scenario_origin.h"

namespace larder::simulation {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kUplink = 125'000;  // bytes a second
constexpr unsigned kClients = 10;

enum class Way { kDirect, kThroughNode };

struct Outcome {
  double seconds = 0;  // from the beginning to the last byte
  bool left_node = false;
};

// The connections that go over the uplink.
Manner over(const std::shared_ptr<Line>& uplink) {
  Manner manner;
  manner.least_delay = manner.most_delay = milliseconds(20);
  manner.buffer = 32 << 10;
  manner.largest_piece = 4 << 10;
  manner.lines[1] = uplink;
  return manner;
}

class Uplink {
 public:
  explicit Uplink(Way way) : way_(way), scenario_(options()) {}

  std::vector<Outcome> run(const std::vector<std::uint64_t>& sizes) {
    outcomes_.resize(sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) scenario_.spawn(fetch(i, sizes[i]));
    EXPECT_TRUE(scenario_.run_until([this] { return ended_ == outcomes_.size(); }));
    EXPECT_TRUE(scenario_.wind_down());
    return outcomes_;
  }

 private:
  Scenario::Options options() {
    Scenario::Options options;
    options.clients = kNoLimits;
    options.origin_manner = [this](const std::string&) { return over(line_); };
    options.origin = serve_scenario;
    return options;
  }

  Task<void> fetch(std::size_t number, std::uint64_t size) {
    Download what{"good-1.test", fmt::format("/{}/{}", size, number), 0};
    Outcome& outcome = outcomes_[number];
    const SteadyTime began = scenario_.clock().now();
    Way way = way_;
    while (what.begin < size) {
      Behaviour behaviour;
      behaviour.demands_progress = way == Way::kThroughNode;
      auto stream =
          way == Way::kThroughNode ? scenario_.connect_to_node(Manner{}) : scenario_.connect_to_origin(over(line_));
      const Received received = co_await download(std::move(stream), what, behaviour);
      what.begin += received.bytes;
      if (way == Way::kThroughNode && !received.complete) outcome.left_node = true;
      way = Way::kDirect;
    }
    outcome.seconds = std::chrono::duration<double>(scenario_.clock().now() - began).count();
    ++ended_;
  }

  const Way way_;
  std::shared_ptr<Line> line_ = std::make_shared<Line>(kUplink);
  Scenario scenario_;
  std::vector<Outcome> outcomes_;
  std::size_t ended_ = 0;
};

TEST(SlowUplink, TenDownloadsEndNoLaterThroughTheNode) {
  std::vector<std::uint64_t> sizes;
  for (unsigned i = 0; i < kClients; ++i) sizes.push_back((8 + i % 5 * 2) * kMiB);
  const auto direct = Uplink(Way::kDirect).run(sizes);
  const auto through = Uplink(Way::kThroughNode).run(sizes);
  for (unsigned i = 0; i < kClients; ++i) {
    SCOPED_TRACE(fmt::format("download {} of {} bytes", i, sizes[i]));
    EXPECT_FALSE(through[i].left_node);
    EXPECT_LE(through[i].seconds, direct[i].seconds * 1.02);
  }
}

}  // namespace
}  // namespace larder::simulation
