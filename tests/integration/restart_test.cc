// A process takes another's place under load, and no client notices: none is refused, reset, kept waiting or told a
// wrong byte (docs/formats/handover.md).
#include <fmt/core.h>
#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>

#include "net/socket_file.h"
#include "node_test.h"
#include "support/certificate.h"
#include "support/rate_limit.h"
#include "support/seed.h"

namespace larder::integration {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kStored = 24;
constexpr std::uint64_t kSize = 1536 * kKiB + 77;
constexpr std::uint64_t kSlowRate = 10'000;  // bytes a second
const std::string kSlowPath = "/slow.bin";
constexpr std::uint64_t kSlowSize = 24 * kMiB;
constexpr std::uint64_t kSlowSeed = 4711;

std::string path_of(unsigned number) { return fmt::format("/stored/{}.bin", number); }

class Restart : public NodeTest {
 protected:
  Restart() {
    for (unsigned i = 0; i < kStored; ++i) origin_.put(path_of(i), {.seed = i, .size = kSize});
    origin_.put(kSlowPath, {.seed = kSlowSeed, .size = kSlowSize});
  }

  void store_all() {
    for (unsigned i = 0; i < kStored; ++i) expect_whole(path_of(i), i, kSize);
  }

  void expect_range_of(std::uint64_t seed, std::uint64_t begin, std::uint64_t end) {
    HttpClient client = connect();
    expect_range(client, "/changes.bin", seed, begin, end);
  }

  std::size_t log_lines_with(std::string_view message) const {
    return static_cast<std::size_t>(std::ranges::count_if(node_.log_lines(), [&](const auto& line) {
      return std::string_view(line.at("event").as_string()).contains(message);
    }));
  }
};

// Load: clients that ask for what is stored, again and again, until they are told to stop.
class Load {
 public:
  Load(Node& node, LiveAuditor& audit, unsigned clients) : node_(node), audit_(audit) {
    for (unsigned i = 0; i < clients; ++i) threads_.emplace_back([this, i] { run(i); });
  }
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  std::uint64_t answers() const { return answers_; }
  bool wait_for(std::uint64_t more) const {
    const std::uint64_t target = answers_ + more;
    return eventually([&] { return answers_ >= target; });
  }
  std::vector<std::string> complaints() const {
    const std::lock_guard lock(mutex_);
    return complaints_;
  }
  std::chrono::milliseconds longest_wait() const { return std::chrono::milliseconds(longest_wait_); }

 private:
  void run(unsigned number) {
    std::mt19937_64 random(test_seed() + number);
    const std::string address = node_.http();
    std::unique_ptr<HttpClient> client;
    while (!stopping_) {
      const auto object = static_cast<unsigned>(random() % kStored);
      try {
        if (!client) client = std::make_unique<HttpClient>(address, &audit_);
        if (!ask(*client, object)) client.reset();
      } catch (const std::system_error& error) {
        complain(fmt::format("a connection was refused: {}", error.what()));
        client.reset();
      }
    }
  }

  /// Whether the connection stays open.
  bool ask(HttpClient& client, unsigned object) {
    const auto asked = Clock::now();
    const std::string target = path_of(object) + "?cacheHostOrigin=" + kHost;
    if (!client.send_request("GET", target)) {
      complain("a connection was closed between two requests");
      return false;
    }
    client.socket().wait_readable(std::chrono::duration_cast<std::chrono::seconds>(kPatience));
    note_wait(Clock::now() - asked);
    const HttpResponse response = client.read_checked(object, 0);
    if (response.status != 200) complain(fmt::format("{} was answered {}", target, response.status));
    if (!response.complete) complain(target + " broke off");
    if (response.first_wrong) complain(fmt::format("{} was wrong at {}", target, *response.first_wrong));
    ++answers_;
    return response.head.field("Connection") != "close";
  }

  void note_wait(Clock::duration wait) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
    const std::lock_guard lock(mutex_);
    longest_wait_ = std::max<std::int64_t>(longest_wait_, milliseconds);
  }
  void complain(std::string what) {
    const std::lock_guard lock(mutex_);
    if (complaints_.size() < 20) complaints_.push_back(std::move(what));
  }

  Node& node_;
  LiveAuditor& audit_;
  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::int64_t longest_wait_ = 0;
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

// SlowReader: takes kSlowPath at kSlowRate until it is let go, and then as fast as it comes.
class SlowReader {
 public:
  SlowReader(const std::string& address, LiveAuditor& audit, const std::string& target)
      : client_(std::make_unique<HttpClient>(address, &audit)) {
    thread_ = std::thread([this, target] {
      client_->send_request("GET", target);
      response_ = client_->read_response("GET", [this](std::span<const std::byte> bytes) { take(bytes); });
    });
  }
  ~SlowReader() { finish(); }
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;

  std::uint64_t taken() const { return taken_; }
  /// Takes the rest and closes.
  HttpResponse finish() {
    rate_.stop();
    if (thread_.joinable()) thread_.join();
    client_.reset();
    return response_;
  }
  bool is_right() const { return right_; }

 private:
  void take(std::span<const std::byte> bytes) {
    right_ = right_ && verify(bytes, kSlowSeed, taken_) == std::nullopt;
    taken_ += bytes.size();
    rate_.wait(bytes.size());
  }

  std::unique_ptr<HttpClient> client_;
  RateLimit rate_{kSlowRate};
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<bool> right_{true};
  HttpResponse response_;
  std::thread thread_;
};

TEST_F(Restart, TurnsNobodyAwayUnderLoad) {
  node_.config().listen = "threads = 2";
  node_.start();
  store_all();
  SlowReader slow(node_.http(), audit_, target(kSlowPath));
  Load load(node_, audit_, 64);
  ASSERT_TRUE(load.wait_for(64));
  ASSERT_TRUE(eventually([&] { return slow.taken() > 0; }));

  // As many loops as before, more, and fewer.
  for (const char* const threads : {"2", "5", "1"}) {
    node_.config().listen = fmt::format("threads = {}", threads);
    node_.write_config();
    node_.hand_over();
    ASSERT_TRUE(load.wait_for(200)) << threads;
    if (node_.predecessors().size() == 1) {
      EXPECT_TRUE(node_.predecessors()[0]->is_running()) << "one of its readers is slow";
      const HttpResponse response = slow.finish();
      EXPECT_TRUE(response.complete);
      EXPECT_EQ(slow.taken(), kSlowSize);
      EXPECT_TRUE(slow.is_right());
    }
    EXPECT_TRUE(eventually([&] { return !node_.predecessors().back()->is_running(); })) << threads;
    EXPECT_EQ(node_.predecessors().back()->wait(), 0);
  }
  load.stop();
  for (const std::string& complaint : load.complaints()) ADD_FAILURE() << complaint;
  fmt::print("{} answers while three processes took each other's place; the longest wait for a first byte: {} ms\n",
             load.answers(), load.longest_wait().count());
  store_all();
  EXPECT_EQ(node_.stop(), 0);
}

// What is stored, and what the origin was asked for once, stays what it was.
TEST_F(Restart, TakesOverWhatIsStored) {
  node_.start();
  store_all();
  const auto asked = origin_.requests().size();
  node_.hand_over();
  store_all();
  EXPECT_EQ(origin_.requests().size(), asked);
}

TEST_F(Restart, AProgramThatDoesNotStartChangesNothing) {
  node_.start();
  store_all();
  const pid_t process = node_.process();
  node_.config().tables = "this is no TOML";
  node_.write_config();
  node_.signal(SIGUSR2);
  EXPECT_TRUE(node_.wait_for_log("the successor did not start; this process goes on"));
  EXPECT_EQ(node_.process(), process);
  store_all();

  // Nor does an address that somebody else has, which is found before the drives are asked for.
  const Socket other = Socket::listen("127.0.0.1:0");
  const TempDir certificates;
  const CertificateFiles files = make_certificate(certificates.path(), "node.test");
  node_.config().tables = "[tls]\ncertificate = \"" + files.certificate + "\"\nkey = \"" + files.key + "\"\n";
  node_.config().listen = "https = [\"" + other.local_address() + "\"]";
  node_.write_config();
  node_.signal(SIGUSR2);
  EXPECT_TRUE(eventually([&] { return log_lines_with("the successor did not start") == 2; }));
  store_all();

  // Nor a control socket that cannot be, or is another node's.
  auto others = net::SocketFile::listen(certificates / "other.sock", 0600);
  ASSERT_TRUE(others);
  node_.config().tables.clear();
  std::size_t failures = 2;
  for (const std::string& control : {certificates / "none/node.sock", certificates / "other.sock"}) {
    node_.config().listen = "control = \"" + control + "\"";
    node_.write_config();
    node_.signal(SIGUSR2);
    ++failures;
    EXPECT_TRUE(eventually([&] { return log_lines_with("the successor did not start") == failures; })) << control;
  }
  store_all();
  EXPECT_EQ(log_lines_with("the successor has the drives"), 0U);

  node_.config().tables.clear();
  node_.config().listen.clear();
  node_.write_config();
  node_.hand_over();
  store_all();
}

TEST_F(Restart, ADownloadFromTheOriginGoesOn) {
  constexpr std::uint64_t kLong = 12 * kMiB;
  origin_.put("/long.bin", {.seed = 9, .size = kLong});
  allow_refetch(kLong);
  node_.start();
  const auto gate = std::make_shared<Gate>(3 * kMiB);
  origin_.reply("/long.bin", {.gate = gate});
  HttpClient client = connect();
  ASSERT_TRUE(client.send_request("GET", target("/long.bin")));
  ASSERT_TRUE(gate->wait_for_arrival());
  node_.hand_over();
  gate->open();
  const HttpResponse response = client.read_checked(9, 0);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body_bytes, kLong);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  expect_whole("/long.bin", 9, kLong);
}

// A third process ends the first, which still sends: two at most.
TEST_F(Restart, AnOlderProcessIsEndedByTheNextRestart) {
  node_.config().shutdown = "100ms";
  node_.start();
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
  SlowReader slow(node_.http(), audit_, target(kSlowPath));
  ASSERT_TRUE(eventually([&] { return slow.taken() > 0; }));
  node_.hand_over();
  EXPECT_TRUE(node_.predecessors()[0]->is_running());
  node_.hand_over();
  EXPECT_FALSE(node_.predecessors()[0]->is_running());
  EXPECT_FALSE(slow.finish().complete) << "what is cut off must not look whole";
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
}

TEST_F(Restart, WhatIsReplacedWhileTheOldProcessEndsIsNotServedByTheNewOne) {
  constexpr std::uint64_t kLength = 2 * kMiB;
  origin_.put("/changes.bin", {.seed = 1, .size = kLength, .etag = "\"1\""});
  allow_refetch(2 * kLength);
  node_.start();
  expect_range_of(1, 0, kMiB);
  HttpClient kept = connect();
  expect_range(kept, "/changes.bin", 1, 0, 1000);
  node_.hand_over();
  origin_.put("/changes.bin", {.seed = 2, .size = kLength, .etag = "\"2\""});
  // The old process learns that by what is missing there.
  expect_range(kept, "/changes.bin", 2, kMiB, 2 * kMiB);
  const auto is_new = [&] {
    return connect().fetch_checked(target("/changes.bin"), 2, 0, 1000).first_wrong == std::nullopt;
  };
  EXPECT_TRUE(eventually(is_new));
}

// The new process dies while the old one still sends: that is there again, with what is stored.
TEST_F(Restart, TheProcessBeforeBeginsAnewIfItsSuccessorDies) {
  node_.start();
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
  SlowReader slow(node_.http(), audit_, target(kSlowPath));
  ASSERT_TRUE(eventually([&] { return slow.taken() > 0; }));
  node_.hand_over();
  Program& before = *node_.predecessors()[0];
  ASSERT_TRUE(node_.wait_for_log("the successor serves"));
  ::kill(node_.process(), SIGKILL);
  EXPECT_TRUE(node_.wait_for_log("the successor has died; this process begins anew"));
  EXPECT_TRUE(eventually([&] {
    const auto lines = node_.log_lines();
    return 2 == std::ranges::count_if(lines, [&](const auto& line) {
             return line.at("event") == "node started" && line.at("process") == before.id();
           });
  }));
  EXPECT_TRUE(before.is_running());
  EXPECT_FALSE(slow.finish().complete) << "what is cut off must not look whole";
  const auto asked = origin_.requests().size();
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
  EXPECT_EQ(origin_.requests().size(), asked);
}

TEST_F(Restart, EndingTheNewProcessEndsTheOneBefore) {
  node_.config().shutdown = "100ms";
  node_.start();
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
  SlowReader slow(node_.http(), audit_, target(kSlowPath));
  ASSERT_TRUE(eventually([&] { return slow.taken() > 0; }));
  node_.hand_over();
  ASSERT_TRUE(node_.wait_for_log("the successor serves"));
  node_.signal(SIGTERM);
  EXPECT_TRUE(eventually([&] { return !node_.predecessors()[0]->is_running(); }));
  EXPECT_EQ(node_.predecessors()[0]->wait(), 0);
  EXPECT_FALSE(slow.finish().complete);
  EXPECT_EQ(log_lines_with("begins anew"), 0U);
}

// An address that the new configuration has no more refuses clients, though the process before still sends: nobody
// would accept what comes there.
TEST_F(Restart, AnAddressThatIsGoneFromTheConfigurationRefusesClients) {
  const TempDir certificates;
  const CertificateFiles files = make_certificate(certificates.path(), "node.test");
  node_.config().tables = "[tls]\ncertificate = \"" + files.certificate + "\"\nkey = \"" + files.key + "\"\n";
  node_.config().listen = "https = [\"127.0.0.1:0\"]";
  node_.start();
  const std::string gone = node_.https();
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
  SlowReader slow(node_.http(), audit_, target(kSlowPath));
  ASSERT_TRUE(eventually([&] { return slow.taken() > 0; }));

  node_.config().tables.clear();
  node_.config().listen.clear();
  node_.write_config();
  node_.hand_over();
  EXPECT_TRUE(node_.predecessors()[0]->is_running());
  EXPECT_TRUE(eventually([&] {
    try {
      Socket::connect(gone);
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  EXPECT_TRUE(slow.finish().complete);
  expect_whole(kSlowPath, kSlowSeed, kSlowSize);
}

// What the process before would answer on a kept connection knows nothing of the purge.
TEST_F(Restart, AfterAPurgeTheProcessBeforeUsesNothingThatItHas) {
  const std::string socket = node_.folder() / "control.sock";
  node_.config().listen = "control = \"" + socket + "\"";
  allow_refetch(4 * kSize);
  node_.start();
  expect_whole(path_of(0), 0, kSize);
  HttpClient kept = connect();
  expect_range(kept, path_of(0), 0, 0, 1000);
  expect_whole(path_of(1), 1, kSize);
  std::vector<HttpClient> hasty;
  for (int i = 0; i < 8; ++i) {
    hasty.push_back(connect());
    expect_range(hasty.back(), path_of(1), 1, 0, 1000);
  }
  node_.hand_over();
  constexpr std::uint64_t kNewSeed = 1000;
  origin_.put(path_of(1), {.seed = kNewSeed, .size = kSize, .etag = "\"2\""});
  EXPECT_TRUE(node_.predecessors()[0]->is_running());

  const ProgramResult purged =
      run_program({LARDER_NODE_PROGRAM, "ctl", "--socket", socket, "purge", "--everything", "--hard"});
  EXPECT_EQ(purged.exit_code, 0) << purged.output;
  // Who asks before its connection is closed is not answered with what was purged.
  for (HttpClient& client : hasty) {
    if (!client.send_request("GET", target(path_of(1)), {"Range: bytes=0-999"})) continue;
    const HttpResponse response = client.read_checked(kNewSeed, 0);
    EXPECT_TRUE(response.status == 0 || (response.status == 206 && !response.first_wrong)) << response.status;
  }
  EXPECT_TRUE(kept.peer_closes());
  EXPECT_TRUE(eventually([&] { return !node_.predecessors()[0]->is_running(); }));
  const auto asked = origin_.requests().size();
  expect_whole(path_of(0), 0, kSize);
  EXPECT_GT(origin_.requests().size(), asked);
}

}  // namespace
}  // namespace larder::integration
