// Many clients that ask for the same cold object at once cost the origin one download, and none of them waits for
// a slice to be whole.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

const std::uint64_t kSize = kShare >= 100 ? 100 * kMiB : 8 * kMiB;
constexpr std::uint64_t kSeed = 52;
constexpr std::size_t kClients = 64;
const std::string kPath = "/d/100MiB.bin";

// How many bytes each client has, and whoever waits for the slowest.
class Progress {
 public:
  void add(std::size_t client, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    received_[client] += bytes;
    changed_.notify_all();
  }
  bool wait_for_all(std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return *std::ranges::min_element(received_) >= bytes; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint64_t> received_ = std::vector<std::uint64_t>(kClients);
};

class Herd : public NodeTest {
 protected:
  Herd() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.start();
  }

  void download(std::size_t number, Progress& progress) {
    HttpClient client = connect();
    std::uint64_t at = 0;
    ASSERT_TRUE(client.send_request("GET", target(kPath)));
    const HttpResponse response = client.read_response("GET", [&](std::span<const std::byte> bytes) {
      at += bytes.size();
      progress.add(number, bytes.size());
    });
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.complete);
    EXPECT_EQ(at, kSize);
  }

  void expect_one_download() {
    EXPECT_LE(origin_.body_bytes_sent(), kSize * 102 / 100 + declined_bytes()) << what_came_twice();
    allow_refetch(kSize * 2 / 100);
  }

 private:
  std::string what_came_twice() {
    const auto slices = slices_of(origin_.requests(kPath));
    std::string text = "asked for more than once:";
    for (const std::uint64_t slice : std::set(slices.begin(), slices.end())) {
      if (slices.count(slice) > 1) text += " " + std::to_string(slice);
    }
    return text + "; bytes that the drive did not take: " + std::to_string(declined_bytes());
  }
};

TEST_F(Herd, EverySliceReachesAllClientsBeforeTheOriginHasSentItsEnd) {
  const auto gate = std::make_shared<Gate>(kSlice / 2);
  origin_.reply(kPath, {.gate = gate});
  Progress progress;
  {
    std::vector<std::jthread> clients;
    for (std::size_t i = 0; i < kClients; ++i) clients.emplace_back([&, i] { download(i, progress); });
    for (std::uint64_t slice = 0; slice < kSize / kSlice; ++slice) {
      EXPECT_TRUE(progress.wait_for_all(slice * kSlice + 1))
          << "the origin holds slice " << slice << " back at its middle, and somebody has nothing of it";
      if (HasFailure()) break;
      gate->open_to((slice + 1) * kSlice + kSlice / 2);
    }
    gate->open();
  }
  expect_one_download();
}

TEST_F(Herd, CostsTheOriginOneDownload) {
  Progress progress;
  {
    std::vector<std::jthread> clients;
    for (std::size_t i = 0; i < kClients; ++i) clients.emplace_back([&, i] { download(i, progress); });
  }
  expect_one_download();
}

}  // namespace
}  // namespace larder::integration
