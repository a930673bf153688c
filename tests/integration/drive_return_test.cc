// Drives that are taken out and put back, and drives of an earlier version: nothing that was replaced comes back.
#include <filesystem>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kUrls = 40;
constexpr std::uint64_t kBytes = 20'000;

class DriveReturn : public NodeTest {
 protected:
  DriveReturn() {
    node_.config().segment_size = "4MiB";
    allow_refetch(4 * kBytes);  // drives leave, and are flooded
  }

  void use_drives(const std::vector<std::string>& names) {
    node_.config().drives.clear();
    for (const std::string& name : names) node_.config().drives.push_back({name, "64MiB"});
  }
  static std::string path(std::uint64_t url) { return "/r/" + std::to_string(url); }
  void publish(std::uint64_t version) {
    for (std::uint64_t url = 0; url < kUrls; ++url) {
      origin_.put(path(url), {.seed = version * 1000 + url,
                              .size = kBytes,
                              .etag = "\"v" + std::to_string(version) + "\"",
                              .last_modified = ""});
    }
  }
  void expect_all(std::uint64_t version) {
    for (std::uint64_t url = 0; url < kUrls; ++url) expect_whole(path(url), version * 1000 + url, kBytes);
  }
  /// More than a drive holds.
  void flood() {
    constexpr std::uint64_t kSize = 100 * kMiB;
    origin_.put("/flood", {.seed = 5, .size = kSize});
    expect_whole("/flood", 5, kSize);
  }
};

TEST_F(DriveReturn, WhatWasReplacedMeanwhileIsNotServedAgain) {
  publish(1);
  use_drives({"one", "two"});
  node_.start();
  expect_all(1);
  EXPECT_EQ(node_.stop(), 0);

  publish(2);
  use_drives({"two"});
  node_.start();
  // What the first drive had is new to the node; the rest is fresh in its first version, as the rule says.
  std::set<std::uint64_t> replaced;
  for (std::uint64_t url = 0; url < kUrls; ++url) {
    if (connect().fetch_checked(target(path(url)), 2000 + url).first_wrong == std::nullopt) replaced.insert(url);
  }
  EXPECT_GT(replaced.size(), 5u);
  flood();  // and nothing of it is left on the second drive
  EXPECT_EQ(node_.stop(), 0);

  use_drives({"one", "two"});
  node_.start();
  for (const std::uint64_t url : replaced) expect_whole(path(url), 2000 + url, kBytes);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(DriveReturn, AnUnchangedObjectIsAskedForOnceAndNotFetchedAgain) {
  publish(1);
  use_drives({"one", "two"});
  node_.start();
  expect_all(1);
  EXPECT_EQ(node_.stop(), 0);
  use_drives({"two"});
  node_.start();
  EXPECT_EQ(node_.stop(), 0);
  use_drives({"one", "two"});
  node_.start();
  const std::uint64_t sent = origin_.body_bytes_sent();
  origin_.forget_requests();
  expect_all(1);
  EXPECT_GT(origin_.requests().size(), 5u) << "those of the first drive";
  EXPECT_LT(origin_.requests().size(), kUrls) << "those of the second";
  EXPECT_EQ(origin_.body_bytes_sent(), sent);
}

/// Bodies of the stored drive (tests/support/stored_drive/README.md).
std::string stored_body(const std::string& name, std::size_t size) {
  const std::string line = name + ": so much for this line.\n";
  std::string body;
  while (body.size() < size) body += line;
  body.resize(size);
  return body;
}

TEST_F(DriveReturn, ADriveOfAnEarlierVersionIsReadAndServed) {
  const ProgramResult unpacked =
      run_program({"/bin/tar", "-xzf", LARDER_STORED_DRIVE, "-C", node_.folder() / "", "--no-same-owner"});
  ASSERT_EQ(unpacked.exit_code, 0) << unpacked.output;
  use_drives({"drive"});
  node_.config().rules = "[]";
  // The origin is there no more: what is stored is all there is.
  node_.config().resolve = {{"content.example", "127.0.0.1:1"}, {"now.content.example", "127.0.0.1:1"}};
  node_.config().tables =
      "[[origin.rule]]\nname = \"lasting\"\nhosts = [\"content.example\"]\nfresh = \"36500d\"\n"
      "[[origin.rule]]\nname = \"now\"\nhosts = [\"now.content.example\"]\n";
  node_.start();
  struct Stored {
    std::string host;
    std::string path;
    std::size_t size;
    std::string of;
  };
  for (const Stored& stored : {Stored{"content.example", "/three-slices.bin", 2'400'000, "/three-slices.bin"},
                               Stored{"content.example", "/small.bin", 700, "/small.bin"},
                               Stored{"content.example", "/page.bin", 40'000, "/page.bin"},
                               Stored{"content.example", "/empty.bin", 0, "/empty.bin"},
                               Stored{"content.example", "/dated.bin", 20'000, "/dated.bin"},
                               Stored{"content.example", "/after-the-crash.bin", 1'048'576, "/after-the-crash.bin"},
                               Stored{"now.content.example", "/stale.bin", 5'000, "/stale.bin"},
                               Stored{"now.content.example", "/changing.bin", 9'002, "/changing.bin v2"}}) {
    // The auditor knows no such origin.
    const HttpResponse response = HttpClient(node_.http()).fetch(target(stored.path, stored.host));
    EXPECT_EQ(response.status, 200) << stored.path;
    EXPECT_TRUE(response.body == stored_body(stored.of, stored.size)) << stored.path;
  }
  EXPECT_EQ(sum_of(node_.metrics(), "larder_drive_corrupt_slices_total"), 0);
  EXPECT_EQ(node_.stop(), 0);
}

}  // namespace
}  // namespace larder::integration
