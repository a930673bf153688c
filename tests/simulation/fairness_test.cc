// One good client of one good origin, alone and beside a hundred bad origins and a thousand hostile clients.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "net/timer.h"
#include "simulation/scenario.h"
#include "simulation/scenario_client.h"
#include "simulation/scenario_origin.h"
#include "support/seed.h"

namespace larder::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr unsigned kBadOrigins = 100;
constexpr unsigned kHostileClients = 1'000;
constexpr unsigned kLargeDownloads = 6;
constexpr unsigned kSmallDownloads = 12;
constexpr std::uint64_t kLarge = 32 * kMiB;
constexpr std::uint64_t kSmall = 20'000;
// By then every hostile client has asked for something, and memory and connections are taken.
constexpr seconds kHeadStart{15};

constexpr std::array<std::string_view, 5> kBadKinds = {"trickle", "head", "body", "lie", "endless"};

Manner link(std::uint64_t bytes_per_second, milliseconds delay) {
  Manner manner;
  manner.least_delay = manner.most_delay = delay;
  manner.lines[1] = std::make_shared<Line>(bytes_per_second);
  return manner;
}

// Each connection has a line of its own: who gets how much of a shared one is not the node's to decide.
Manner link_to(const std::string& host) {
  if (host.starts_with("good")) return link(20'000'000, milliseconds(20));
  if (!host.starts_with("trickle")) return link(50'000, milliseconds(20));
  Manner manner = link(3'000, milliseconds(20));
  manner.largest_piece = 3'000;
  manner.buffer = 8 << 10;
  return manner;
}

// What the good client got in one run.
struct Measured {
  unsigned complete = 0;
  double worst_first_byte = 0;  // seconds
  std::uint64_t bytes = 0;      // of large downloads
  double seconds = 0;           // that they took together

  double rate() const { return static_cast<double>(bytes) / seconds; }
};

class Town {
 public:
  explicit Town(std::uint64_t seed) : random_(seed), scenario_(options(seed)) {}

  Measured measure(unsigned hostile_clients) {
    for (unsigned i = 0; i < hostile_clients; ++i) scenario_.spawn(be_hostile(i, random_.split()));
    scenario_.spawn(be_good());
    EXPECT_TRUE(scenario_.run_until([this] { return over_; }));
    EXPECT_TRUE(scenario_.wind_down());
    return measured_;
  }
  std::uint64_t trace_hash() const { return scenario_.trace_hash(); }
  std::uint64_t hostile_requests() const { return hostile_requests_; }

 private:
  static Scenario::Options options(std::uint64_t seed) {
    Scenario::Options options;
    options.seed = seed;
    options.origin_manner = link_to;
    options.origin = serve_scenario;
    return options;
  }

  Task<Received> get(const Manner& manner, Download what, Behaviour behaviour = Behaviour()) {
    co_return co_await download(scenario_.connect_to_node(manner), std::move(what), behaviour);
  }

  Task<void> be_good() {
    Manner manner = link(100'000'000, milliseconds(1));
    manner.caller = net::IpAddress::v4(0x0A00'0001);
    net::Timer timer(scenario_.executor());
    co_await timer.wait(scenario_.clock().now() + kHeadStart);
    for (unsigned i = 0; i < kLargeDownloads + kSmallDownloads; ++i) {
      const std::uint64_t size = i % 3 == 0 ? kLarge : kSmall;
      Download what{"good-1.test", fmt::format("/{}/{}", size, i), 0};
      const Received received = co_await get(manner, std::move(what));
      if (!received.complete || received.status != 200) continue;
      ++measured_.complete;
      const std::chrono::duration<double> first_byte = received.first_byte - received.asked;
      measured_.worst_first_byte = std::max(measured_.worst_first_byte, first_byte.count());
      if (size != kLarge) continue;
      measured_.bytes += received.bytes;
      measured_.seconds += std::chrono::duration<double>(received.ended - received.asked).count();
    }
    over_ = true;
  }

  /// Ever new objects of the bad origins, until all is over: whole ones, some taken slowly, most of them left.
  Task<void> be_hostile(unsigned number, Random random) {
    Manner manner = link(10'000'000, milliseconds(5));
    manner.caller = net::IpAddress::v4(0x0B00'0000 + number);
    net::Timer timer(scenario_.executor());
    co_await timer.wait(scenario_.clock().now() + random.time(seconds(0), kHeadStart / 2));
    for (unsigned i = 0; !over_; ++i) {
      const std::uint64_t origin = random.below(kBadOrigins);
      const std::uint64_t size = random.one_of<std::uint64_t>({kSmall, 4 * kMiB, 64 * kMiB, 1'000'000'000'000});
      Download what{fmt::format("{}-{}.test", kBadKinds[origin % kBadKinds.size()], origin),
                    fmt::format("/{}/{}-{}", size, number, i), 0};
      Behaviour behaviour;
      if (random.happens(3'000)) behaviour.reads_at_most = 1'000;
      behaviour.leaves_after = milliseconds(random.between(100, 60'000));
      ++hostile_requests_;
      static_cast<void>(co_await get(manner, std::move(what), behaviour));
      co_await timer.wait(scenario_.clock().now() + random.time(milliseconds(0), milliseconds(200)));
    }
  }

  Random random_;
  Measured measured_;
  bool over_ = false;
  std::uint64_t hostile_requests_ = 0;
  Scenario scenario_;
};

TEST(Fairness, AGoodPairHasHalfOfWhatItHasAloneBesideAThousandHostileClients) {
  SCOPED_TRACE(support::seed_trace());
  const Measured alone = Town(support::test_seed()).measure(0);
  Town town(support::test_seed());
  const Measured beside = town.measure(kHostileClients);
  fmt::print("first byte after {:.3f} s at most, alone {:.3f}; {:.0f} bytes/s, alone {:.0f}; {} hostile requests\n",
             beside.worst_first_byte, alone.worst_first_byte, beside.rate(), alone.rate(), town.hostile_requests());
  EXPECT_EQ(alone.complete, kLargeDownloads + kSmallDownloads);
  EXPECT_EQ(beside.complete, kLargeDownloads + kSmallDownloads);
  EXPECT_LE(beside.worst_first_byte, 2 * alone.worst_first_byte);
  EXPECT_GE(beside.rate(), alone.rate() / 2);
  // Or else it was not a town.
  EXPECT_GT(town.hostile_requests(), kHostileClients);
}

}  // namespace
}  // namespace larder::simulation
