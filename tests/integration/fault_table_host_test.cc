// The fault table, its rows about clients, signals and crashes: 64 clients at once are served through each of them, or
// as soon as it is over.
#include <signal.h>

#include <chrono>
#include <filesystem>

#include "fault_table.h"
#include "fault_table_load.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class HostTable : public LoadedTable {};

// --- clients that do nothing, or next to it ---

TEST_F(HostTable, ClientsThatAreIdleUnfinishedOrSlow) {
  put(kObjects);
  node_.start();
  expect_normal(part);
  const Use before = use();
  std::vector<HttpClient> others;
  for (std::size_t i = 0; i < 250; ++i) {
    others.push_back(connect());  // idle
    others.push_back(connect());
    others.back().send("GET " + target(path(0)) + " HTTP/1.1\r\nHo");
    others.push_back(connect());  // takes nothing of its answer
    others.back().send_request("GET", target(path(i % kObjects)));
  }
  expect_all_right(all_ask(part));
  others.clear();
  expect_normal(part);
  expect_bounded(before);
}

TEST_F(HostTable, FewDescriptors) {
  const std::string program = node_.folder() / "node-with-few-descriptors";
  write_file(program, "#!/bin/sh\nulimit -n 100\nexec " LARDER_NODE_PROGRAM " \"$@\"\n");
  fs::permissions(program, fs::perms::owner_all);
  put(kObjects);
  NodeConfig small = config();
  small.listen = "threads = 2";
  small.drives = {{"drive", "64MiB"}};  // sixteen segments, which take a descriptor each
  Node few(program, small);
  few.start();
  const auto all_ask_few = [&] {
    Outcomes outcomes(kClients);
    std::vector<std::jthread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        HttpClient connection = connect(few);
        outcomes[client] = ask(connection, part(client));
      });
    }
    clients.clear();
    return outcomes;
  };
  {
    std::vector<HttpClient> idle;
    for (int i = 0; i < 100; ++i) idle.push_back(connect(few));
    const std::jthread leaving([&](const std::stop_token& stop) {  // those who are told that there is no room
      while (!idle.empty() && !stop.stop_requested()) {
        std::erase_if(idle, [](HttpClient& client) { return client.socket().wait_readable(0s); });
      }
    });
    for (const Outcome& outcome : all_ask_few()) {
      // Where even those who are turned away are too many, some are so without a word.
      const int status = outcome.response.status;
      EXPECT_TRUE(outcome.is_right() || status == 503 || status == 0) << outcome;
    }
  }
  // Each of them in turn, for all of them at once are too many.
  for (std::size_t client = 0; client < kClients; ++client) {
    EXPECT_TRUE(eventually([&] {
      HttpClient connection = connect(few);
      return ask(connection, part(client)).is_right();
    })) << client;
  }
  expect_bounded({.peak_memory = 128 * kMiB, .descriptors = 100}, few);
  EXPECT_EQ(few.stop(), 0);
}

// --- signals ---

TEST_F(HostTable, KilledUnderLoad) {
  put(kObjects);
  for (int round = 0; round < 3; ++round) {
    node_.start();
    Load load(*this);
    ASSERT_TRUE(eventually([&] { return load.count().right > kClients; }));
    node_.kill();
    load.stop();
    EXPECT_EQ(load.count().other, 0u);
  }
  node_.start();
  expect_normal(part);
}

TEST_F(HostTable, ReloadedUnderLoadWithGoodAndBrokenConfigs) {
  put(kObjects);
  node_.start();
  expect_normal(part);
  const Use before = use();
  Load load(*this);
  const std::vector<std::string> tables = {"", "this is no TOML", "[[origin.rule]]\nname = \"new\"\n",
                                           "[[origin.rule]]\nname = \"new\"\nhosts = [\"new.example.com\"]\n"};
  for (std::size_t i = 0; i < 80; ++i) {
    node_.config().tables = tables[i % tables.size()];
    node_.write_config();
    node_.signal(SIGHUP);
    const std::size_t right = load.count().right;
    ASSERT_TRUE(eventually([&] { return load.count().right > right + 4; }));
  }
  load.stop();
  EXPECT_EQ(load.count().refused + load.count().cut + load.count().none + load.count().other, 0u);
  expect_normal(part);
  expect_bounded(before);
}

TEST_F(HostTable, StoppedUnderLoad) {
  put(kObjects);
  node_.start();
  Load load(*this);
  ASSERT_TRUE(eventually([&] { return load.count().right > kClients; }));
  EXPECT_EQ(node_.stop(), 0);
  load.stop();
  EXPECT_EQ(load.count().refused + load.count().cut + load.count().other, 0u) << "what had begun is ended";
  node_.start();
  expect_normal(part);
}

}  // namespace
}  // namespace larder::integration
