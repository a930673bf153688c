// Signals, and what they must not do to clients.
#include <fmt/format.h>
#include <signal.h>

#include <thread>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 4 * kMiB;
constexpr std::uint64_t kSeed = 44;
const std::string kPath = "/l/object.bin";

class Lifecycle : public NodeTest {
 protected:
  Lifecycle() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.start();
  }

  bool accepts_connections() {
    try {
      return connect().fetch("/").status != 0;
    } catch (const std::system_error&) {
      return false;
    }
  }
};

TEST_F(Lifecycle, TermFinishesRunningResponses) {
  const auto gate = std::make_shared<Gate>(1'500'000);
  origin_.reply(kPath, {.gate = gate});
  HttpClient running = connect();
  HttpClient idle = connect();
  ASSERT_EQ(idle.fetch(target("/none")).status, 404);
  ASSERT_TRUE(running.send_request("GET", target(kPath)));
  ASSERT_TRUE(gate->wait_for_arrival());

  node_.signal(SIGTERM);
  EXPECT_TRUE(idle.peer_closes()) << "an idle connection has nothing to wait for";
  EXPECT_TRUE(eventually([&] { return !accepts_connections(); }));
  EXPECT_TRUE(node_.is_running());
  gate->open();
  const HttpResponse response = running.read_checked(kSeed, 0);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.body_bytes, kSize);
  EXPECT_EQ(response.first_wrong, std::nullopt);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Lifecycle, TermDoesNotWaitForEver) {
  node_.stop();
  node_.config().shutdown = "200ms";
  node_.start();
  const auto gate = std::make_shared<Gate>(1000);
  origin_.reply(kPath, {.gate = gate});
  HttpClient running = connect();
  ASSERT_TRUE(running.send_request("GET", target(kPath)));
  ASSERT_TRUE(gate->wait_for_arrival());
  EXPECT_EQ(node_.stop(), 0);
  EXPECT_FALSE(running.read_checked(kSeed, 0).complete) << "a cut body must not look whole";
  const auto records = node_.access_records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].at("reason").as_string(), "cut off: the node was stopping");
}

TEST_F(Lifecycle, IdleNodesStopAtOnce) {
  HttpClient idle = connect();
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(Lifecycle, InterruptStopsToo) {
  node_.signal(SIGINT);
  EXPECT_TRUE(eventually([&] { return !node_.is_running(); }));
}

TEST_F(Lifecycle, HangUpReloadsRules) {
  allow_refetch(kSize);  // the object under its other name
  const std::string request = target(kPath, "new.example.com");
  EXPECT_EQ(connect().fetch(request).status, 403);
  node_.config().resolve.emplace_back("new.example.com", origin_.address());
  node_.config().tables = "[[origin.rule]]\nname = \"new\"\nhosts = [\"new.example.com\"]\n";
  node_.write_config();
  node_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return connect().fetch(request).status == 200; }));

  node_.config().tables.clear();
  node_.write_config();
  node_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return connect().fetch(request).status == 403; }));
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(Lifecycle, HangUpDoesNotTouchRunningResponses) {
  const auto gate = std::make_shared<Gate>(1'500'000);
  origin_.reply(kPath, {.gate = gate});
  HttpClient running = connect();
  ASSERT_TRUE(running.send_request("GET", target(kPath)));
  ASSERT_TRUE(gate->wait_for_arrival());
  auditor().may_refuse(kHost);
  node_.config().rules = "[]";
  node_.write_config();
  node_.signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return connect().fetch(target("/none")).status == 403; }));
  gate->open();
  const HttpResponse response = running.read_checked(kSeed, 0);
  EXPECT_TRUE(response.complete);
  EXPECT_EQ(response.first_wrong, std::nullopt);
}

TEST_F(Lifecycle, HangUpWithABrokenConfigKeepsTheOldOne) {
  node_.config().tables = "this is no TOML";
  node_.write_config();
  node_.signal(SIGHUP);
  EXPECT_TRUE(node_.wait_for_log("larder.toml"));
  expect_whole(kPath, kSeed, kSize);
  EXPECT_TRUE(node_.is_running());
}

TEST_F(Lifecycle, WithoutDrivesItServesStraightThrough) {
  allow_refetch(Auditor::kNoLimit);
  node_.stop();
  node_.config().drives.clear();
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(Lifecycle, TooFewFilesForTheSegmentsOfItsDrivesIsSaidAtStart) {
  node_.stop();
  node_.config().segment_size = "4MiB";
  node_.write_config();
  const std::string config = node_.folder() / "larder.toml";
  for (const std::string limit : {"8", "64"}) {
    const std::string files = fmt::format("--nofile={}:{}", limit, limit);
    const ProgramResult result = run_program({"/usr/bin/prlimit", files, LARDER_NODE_PROGRAM, "--config", config});
    EXPECT_EQ(result.exit_code, 1) << limit;
    EXPECT_TRUE(result.output.contains("this process may have " + limit + " files open")) << result.output;
    EXPECT_TRUE(result.output.contains("LimitNOFILE")) << result.output;
  }
}

TEST_F(Lifecycle, APortInUseIsSaidAtStart) {
  const Socket other = Socket::listen("127.0.0.1:0");
  const std::string taken = "\"" + other.local_address() + "\"";
  const std::string by_a_node = "\"" + node_.http() + "\"";
  const std::string free = "\"127.0.0.1:0\"";
  const std::string off = "\"off\"";
  const std::vector<std::pair<std::string, std::string>> listens = {
      {taken, off}, {by_a_node, off}, {free + ", " + taken, off}, {free, taken}};
  for (const auto& [http, status] : listens) {
    const std::string listen = "[listen]\nhttp = [" + http + "]\nstatus = ";
    write_file(node_.folder() / "other.toml", listen + status + "\n");
    const ProgramResult result = run_program({LARDER_NODE_PROGRAM, "--config", node_.folder() / "other.toml"});
    EXPECT_EQ(result.exit_code, 1) << http << " " << status;
    EXPECT_TRUE(result.output.contains("another program uses this port")) << result.output;
  }
}

}  // namespace
}  // namespace larder::integration
