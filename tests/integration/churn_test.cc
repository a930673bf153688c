// Churn under mixed faults: memory, threads and descriptors stay as they are, and a 5xx is the origin's doing.
//
// Some seconds as a rule; LARDER_CHURN_SECONDS says how many (scripts/test --long: ten minutes).
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <random>
#include <thread>

#include "node_test.h"
#include "support/seed.h"

namespace larder::integration {
namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr int kClients = 32;
constexpr unsigned kGood = 60;    // objects whose origin does no wrong
constexpr unsigned kFaulty = 60;  // and others
constexpr std::uint64_t kLargest = 6 * kMiB;
constexpr std::uint64_t kBetweenReloads = 200;  // requests
// From the origin: the drives were full twice then.
const std::uint64_t kWarmUp = 256 * kMiB * std::max<std::uint64_t>(kShare, 25) / 100;
// What may differ between two looks at a node that is at rest.
constexpr double kMoreMemory = 24.0 * kMiB;   // freed, and not given back to the system
constexpr std::size_t kMoreThreads = 24;      // pools start theirs when there is work for them
constexpr std::size_t kMoreDescriptors = 32;  // segments that are just replaced
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsTheNodes = false;  // a sanitizer keeps what was freed
#else
constexpr bool kMemoryIsTheNodes = true;
#endif

seconds churn_time() {
  const char* const given = std::getenv("LARDER_CHURN_SECONDS");
  return given == nullptr ? seconds(5) : seconds(std::strtoull(given, nullptr, 10));
}

// What a node holds of the system.
struct Holdings {
  double memory = 0;  // bytes
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};

std::size_t threads_of(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::strtoull(line.c_str() + 8, nullptr, 10);
  }
  return 0;
}

std::size_t descriptors_of(pid_t process) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(process) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class Churn : public NodeTest {
 protected:
  struct File {
    std::string host;
    std::string path;
    std::uint64_t seed = 0;
    std::uint64_t size = 0;
    bool good = false;
  };

  Churn() : random_(test_seed()) {
    for (unsigned i = 0; i < kGood + kFaulty; ++i) {
      // An origin that stalls holds its own requests up: the good files have one of their own.
      const std::string host = i < kGood ? kHost : "dl.delivery.mp.microsoft.com";
      files_.push_back({host, "/c/" + std::to_string(i) + ".bin", 1000 + i, 1 + random_() % kLargest, i < kGood});
      origin_.put(files_.back().path, {.seed = files_.back().seed, .size = files_.back().size});
      if (!files_.back().good)
        origin_.script(files_.back().path, [this](const OriginRequest&) { return draw_reply(); });
    }
    // Half of what there is has room.
    node_.config().drives = {{"drive-1", "64MiB"}, {"drive-2", "64MiB"}};
    node_.config().segment_size = "4MiB";
    node_.config().fill_memory = "32MiB";
    node_.config().stall_timeout = "10s";
    allow_refetch(Auditor::kNoLimit);  // what was evicted
    node_.start();
  }

  /// Any answer, most of them good. From the threads of the origin's connections.
  OriginReply draw_reply() {
    const std::lock_guard lock(mutex_);
    OriginReply reply;
    switch (random_() % 28) {
      case 0: reply.status = 500; break;
      case 1: reply.status = 503; break;
      case 2: reply.status = 404; break;
      case 3: reply.ending = OriginReply::Ending::kTruncate; break;
      case 4: reply.ending = OriginReply::Ending::kReset; break;
      case 5: reply.ending = OriginReply::Ending::kStall; break;
      case 6:
      case 7: reply.ranges = false; break;
      case 8:
      case 9: reply.ending = OriginReply::Ending::kReset; break;
      default: break;
    }
    reply.ending_after = random_() % kLargest;
    reply.keep_alive = random_() % 8 != 0;
    return reply;
  }

  /// Beside what the auditor says of every byte.
  static void judge(const File& file, const HttpResponse& response) {
    if (!file.good) return;
    EXPECT_LT(response.status, 300) << file.path;
    EXPECT_TRUE(response.complete) << file.path;
  }

  /// Whole files and ranges of some, until the end; some responses are left.
  void ask_on(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    while (!over_) {
      HttpClient client = connect();
      for (int i = 0; i < 20 && !over_; ++i) {
        const File& file = files_[random() % files_.size()];
        if (random() % 16 == 0) {
          client.send_request("GET", target(file.path, file.host));
          break;
        }
        const std::uint64_t begin = random() % file.size;
        const std::uint64_t end = std::min(file.size, begin + 1 + random() % (2 * kMiB));
        const HttpResponse response = random() % 4 == 0
                                          ? client.fetch_checked(target(file.path, file.host), file.seed)
                                          : client.fetch_checked(target(file.path, file.host), file.seed, begin, end);
        ++asked_;
        judge(file, response);
        if (!response.complete) break;
      }
    }
  }

  /// Clients until `done`, and SIGHUPs all the while.
  void churn_until(const std::function<bool()>& done) {
    over_ = false;
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) clients.emplace_back(&Churn::ask_on, this, random_number());
    while (!done() && !HasFailure()) {
      node_.signal(SIGHUP);
      const std::uint64_t next = asked_ + kBetweenReloads;
      EXPECT_TRUE(eventually([&] { return asked_ >= next || done(); }));
      origin_.forget_requests();
    }
    over_ = true;
  }

  /// Once nothing is under way.
  Holdings rest() {
    origin_.drop_connections();  // those that the node keeps for later, too
    EXPECT_TRUE(eventually([&] {
      const auto metrics = node_.metrics();
      return sum_of(metrics, "larder_origin_fills_running") == 0 &&
             sum_of(metrics, "larder_node_fill_memory_bytes") == 0 && sum_of(metrics, "larder_node_connections") == 0;
    }));
    const auto metrics = node_.metrics();
    return {sum_of(metrics, "larder_node_resident_memory_bytes"), threads_of(node_.process()),
            descriptors_of(node_.process())};
  }

  std::uint64_t random_number() {
    const std::lock_guard lock(mutex_);
    return random_();
  }

  std::mutex mutex_;
  std::mt19937_64 random_;
  std::vector<File> files_;
  std::atomic<bool> over_ = false;
  std::atomic<std::uint64_t> asked_ = 0;
};

TEST_F(Churn, LeavesNothingBehind) {
  SCOPED_TRACE(seed_trace());
  churn_until([this] { return origin_.body_bytes_sent() >= kWarmUp; });
  const Holdings warm = rest();
  const auto until = Clock::now() + churn_time();
  churn_until([until] { return Clock::now() >= until; });
  const Holdings end = rest();
  if (kMemoryIsTheNodes) {
    EXPECT_LE(end.memory, warm.memory + kMoreMemory);
  }
  EXPECT_LE(end.threads, warm.threads + kMoreThreads);
  EXPECT_LE(end.descriptors, warm.descriptors + kMoreDescriptors);
  RecordProperty("requests", std::to_string(asked_));
  RecordProperty("memory", fmt::format("{} after {}", end.memory, warm.memory));
  RecordProperty("threads", fmt::format("{} after {}", end.threads, warm.threads));
  RecordProperty("descriptors", fmt::format("{} after {}", end.descriptors, warm.descriptors));
}

}  // namespace
}  // namespace larder::integration
