// The fault table, its rows about drives, and about what is stored over a restart, for 64 clients at once.
#include <fcntl.h>
#include <stdio.h>

#include <filesystem>

#include "fault_table.h"
#include "fault_table_load.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;

class DriveTable : public LoadedTable {
 protected:
  void use_drives(const std::vector<std::string>& names, const std::string& size) {
    node_.config().drives.clear();
    for (const std::string& name : names) node_.config().drives.push_back({name, size});
    node_.config().segment_size = "4MiB";
  }
  double stored() const { return sum_of(node_.metrics(), "larder_drive_slices"); }
};

TEST_F(DriveTable, SegmentsThatAreDeletedWhileTheNodeRuns) {
  use_drives({"drive"}, "256MiB");
  put(kObjects);
  node_.start();
  expect_normal(part);
  ASSERT_TRUE(eventually([&] { return stored() >= kObjects * 3; }));
  const Use before = use();
  Load load(*this);
  std::size_t deleted = 0;
  for (const auto& entry : fs::recursive_directory_iterator(node_.drive_path())) {
    if (entry.is_regular_file() && entry.file_size() >= kMiB) deleted += fs::remove(entry.path()) ? 1 : 0;
  }
  EXPECT_GT(deleted, 0u);
  expect_all_right(all_ask(part));
  fs::remove_all(node_.drive_path());
  put(2 * kObjects);  // further objects, for which new segments are made, or would be
  expect_all_right(all_ask(
      [](std::size_t client) { return Ask{target(path(client % (2 * kObjects))), part_of(client, kSize), kSize}; }));
  load.stop();
  EXPECT_EQ(load.count().refused + load.count().cut + load.count().none + load.count().other, 0u);
  expect_bounded(before);

  EXPECT_EQ(node_.stop(), 0);
  node_.start();
  expect_normal(part);
}

TEST_F(DriveTable, ADriveThatFailsUnderLoad) {
  use_drives({"one", "two"}, "128MiB");
  put(kObjects);
  node_.start();
  expect_normal(part);
  Load load(*this);
  // No file can be made in its folder any more: a file stands in its place.
  const std::string other = node_.drive_path(0) + ".aside";
  write_file(other, "a file where a folder was");
  ASSERT_EQ(::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, node_.drive_path(0).c_str(), RENAME_EXCHANGE), 0);
  origin_.put("/h/flood", {.seed = 5, .size = 64 * kMiB});
  expect_whole("/h/flood", 5, 64 * kMiB);
  EXPECT_TRUE(node_.wait_for_log(node_.drive_path(0)));
  expect_all_right(all_ask(part));
  load.stop();
  EXPECT_EQ(load.count().refused + load.count().cut + load.count().none + load.count().other, 0u);
}

TEST_F(DriveTable, ADriveThatWasAwayBringsNothingBackThatWasReplaced) {
  constexpr std::uint64_t kSmall = 20'000;
  use_drives({"one", "two"}, "64MiB");
  put(kClients, kSmall, 1);
  node_.start();
  expect_normal(whole(kSmall));
  EXPECT_EQ(node_.stop(), 0);

  put(kClients, kSmall, 2);
  use_drives({"two"}, "64MiB");
  node_.start();
  std::set<std::size_t> replaced;  // the rest is fresh in its first version, as the rule says
  const Outcomes outcomes = all_ask(whole(kSmall));
  for (std::size_t client = 0; client < kClients; ++client) {
    if (outcomes[client].response.head.field("ETag") == "\"v2\"") replaced.insert(client);
  }
  EXPECT_GT(replaced.size(), kClients / 8);
  origin_.put("/h/flood", {.seed = 5, .size = 100 * kMiB});
  expect_whole("/h/flood", 5, 100 * kMiB);  // and nothing of it is left on the second drive
  EXPECT_EQ(node_.stop(), 0);

  use_drives({"one", "two"}, "64MiB");
  node_.start();
  const Outcomes again = all_ask(whole(kSmall));
  expect_all_right(again);
  for (const std::size_t client : replaced) EXPECT_EQ(again[client].response.head.field("ETag"), "\"v2\"") << client;
}

TEST_F(DriveTable, TwentyDrivesThatAreMadeSmallerBetweenRuns) {
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back("drive" + std::to_string(i));
  put(kClients);
  for (const char* size : {"128MiB", "64MiB"}) {
    use_drives(names, size);
    node_.start();
    expect_normal(whole(kSize));
    EXPECT_EQ(node_.stop(), 0);
  }
}

TEST_F(DriveTable, ManyObjectsOfOneByteOverARestart) {
  const std::uint64_t count = std::max<std::uint64_t>(640, 3'200 * kShare / 100);
  put(count, 1);
  node_.start();
  const auto ask_for_all = [&] {
    std::vector<std::jthread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        HttpClient connection = connect();
        for (std::size_t n = client; n < count; n += kClients) {
          const Outcome outcome = ask(connection, {target(path(n)), {"", 0, 1}, 1});
          EXPECT_TRUE(outcome.is_right()) << outcome;
        }
      });
    }
  };
  ask_for_all();
  ASSERT_TRUE(eventually([&] { return stored() >= static_cast<double>(count); }));
  EXPECT_EQ(node_.stop(), 0);
  node_.start();
  origin_.forget_requests();
  ask_for_all();
  EXPECT_EQ(origin_.requests().size(), 0u);
}

}  // namespace
}  // namespace larder::integration
