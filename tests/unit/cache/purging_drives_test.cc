// What was purged stays purged: over restarts and kills, on drives that were away, or that have lost their list.
#include <algorithm>
#include <filesystem>

#include "purging_test.h"

namespace larder::cache {
namespace {

namespace fs = std::filesystem;
using Fault = support::FaultyDisk::Operation;

class PurgingDrives : public PurgingTest {
 protected:
  static constexpr int kPaths = 8;

  PurgingDrives() : PurgingTest(2) {}

  static std::string path(int number) { return "/" + std::to_string(5 * number); }
  void put_all(std::uint64_t seed) {
    for (int i = 0; i < kPaths; ++i) put(path(i), seed);
  }
  void get_all() {
    for (int i = 0; i < kPaths; ++i) ASSERT_TRUE(get(path(i)).is_of(1)) << i;
  }
  int count_of(std::uint64_t seed) {
    int count = 0;
    for (int i = 0; i < kPaths; ++i) count += get(path(i)).is_of(seed) ? 1 : 0;
    return count;
  }
  int count_asked() {
    int count = 0;
    for (int i = 0; i < kPaths; ++i) count += get(path(i)).from_origin ? 1 : 0;
    return count;
  }
  storage::SliceStore::Options only(int number) const {
    storage::SliceStore::Options options;
    options.drives.push_back({drive(number), storage::kMinDriveSize});
    return options;
  }
  storage::SliceStore::Options with_state(storage::SliceStore::Options options) const {
    options.state = folder / "state";
    return options;
  }
  std::string purges_of(int number) const { return support::read_file(drive(number) + "/larder-purges"); }
};

TEST_F(PurgingDrives, OverARestartNothingIsUsedThatWasPurged) {
  put_all(1);
  get_all();
  purge(What::kPrefix, "dl.example.com/1", false);  // 10 and 15
  start(all_of(2));
  EXPECT_EQ(count_asked(), 2);
  start(all_of(2));
  EXPECT_EQ(count_asked(), 0) << "asked once, and that is kept";

  put_all(2);
  purge(What::kPrefix, "dl.example.com/1", true);
  start(all_of(2));
  EXPECT_EQ(count_of(2), 2);
  start(all_of(2));
  EXPECT_EQ(count_asked(), 0);
  EXPECT_EQ(count_of(2), 2);
}

// A kill, by what is on the drives at that moment.
TEST_F(PurgingDrives, WhenItIsAnsweredAKillLosesItNoMore) {
  put_all(1);
  get_all();
  put_all(2);
  purge(What::kEverything, "", true);
  const std::string copies = folder / "copies";
  fs::create_directory(copies);
  storage::SliceStore::Options options;
  for (int i = 0; i < 2; ++i) {
    const std::string copy = copies + "/" + std::to_string(i);
    fs::copy(drive(i), copy, fs::copy_options::recursive);
    options.drives.push_back({copy, storage::kMinDriveSize});
  }
  start(options);
  EXPECT_EQ(count_of(2), kPaths);
}

TEST_F(PurgingDrives, ADriveThatWasAwayBringsNothingBack) {
  put_all(1);
  get_all();
  start(only(1));
  purge(What::kEverything, "", true);
  put_all(2);
  start(all_of(2));
  EXPECT_EQ(count_of(2), kPaths);
  EXPECT_EQ(purges_of(0), purges_of(1)) << "it has learned it";
  start(only(0));
  EXPECT_EQ(count_of(1), 0);
}

// Each alone, and never with the other: only what lies beside them knows.
TEST_F(PurgingDrives, NorADriveThatComesInThePlaceOfTheOther) {
  put_all(1);
  start(with_state(only(0)));
  get_all();
  start(with_state(only(1)));
  purge(What::kRule, "files", true);
  put_all(2);
  start(with_state(only(0)));
  EXPECT_EQ(count_of(2), kPaths);
}

TEST_F(PurgingDrives, ADriveThatFailsMeanwhileIsNamedOrOut) {
  start(only(0));
  put_all(1);
  get_all();
  put_all(2);
  disk.fail(Fault::kWrite, "larder-purges", ENOSPC);
  const auto full = cache->purge({What::kUrl, "dl.example.com/0", true}, *rules);
  ASSERT_TRUE(full);
  EXPECT_NE(full->not_kept.find(drive(0)), std::string::npos) << full->not_kept;
  EXPECT_TRUE(get(path(0)).is_of(2)) << "in force all the same";
  disk.heal();
  purge(What::kUrl, "dl.example.com/1", true);
  EXPECT_EQ(purges_of(0), cache->purges().list()->serialize()) << "both are kept with the next one";

  disk.fail(Fault::kWrite, "larder-purges", EIO);
  const auto failed = cache->purge({What::kUrl, "dl.example.com/2", true}, *rules);
  ASSERT_TRUE(failed);
  EXPECT_NE(failed->not_kept, "");
  EXPECT_EQ(store->status()[0].state, "failed");
}

TEST_F(PurgingDrives, ADriveThatFailsIsNotMissedWhereAnotherKeepsIt) {
  disk.fail(Fault::kWrite, drive(0) + "/larder-purges", EIO);
  purge(What::kEverything, "", true);
  EXPECT_EQ(store->status()[0].state, "failed");
  EXPECT_EQ(purges_of(1), cache->purges().list()->serialize());
}

TEST_F(PurgingDrives, AListThatCannotBeReadIsTakenFromTheOtherDrive) {
  put_all(1);
  get_all();
  purge(What::kUrl, "dl.example.com/0", true);
  stop();
  const std::string good = purges_of(1);
  support::write_file(drive(0) + "/larder-purges", "?");
  start(all_of(2));
  store->drain();
  EXPECT_EQ(purges_of(0), good);
  EXPECT_EQ(count_asked(), 1);
}

TEST_F(PurgingDrives, WhereNoListCanBeReadNothingStoredIsUsed) {
  put_all(1);
  get_all();
  purge(What::kUrl, "dl.example.com/0", true);
  for (int i = 0; i < 2; ++i) support::write_file(drive(i) + "/larder-purges", "?");
  put_all(2);
  start(all_of(2));
  EXPECT_EQ(count_of(2), kPaths);
}

// What is kept at an eviction is written anew, and is none the younger for it.
TEST_F(PurgingDrives, WhatEvictionsKeepIsAsOldAsItWas) {
  start(only(0));
  put("/kept", 1);
  ASSERT_TRUE(get("/kept").is_of(1));
  put("/kept", 2);
  purge(What::kUrl, "dl.example.com/kept", true);
  const auto description = origin::url_key(false, false, std::string(kHost), "/kept").words;
  const auto other = std::make_shared<const std::vector<std::byte>>(storage::kSliceSize);
  for (std::uint32_t number = 0; number < 90; ++number) {
    ASSERT_TRUE(store->find({description, storage::kMetaSlice})) << "asked for, and kept";
    store->put({{1, 2}, number}, *other, other, {});
    store->drain();
  }
  EXPECT_GT(store->status()[0].evicted_segments, 10u);
  start(only(0));
  EXPECT_TRUE(get("/kept").is_of(2));
}

TEST_F(PurgingDrives, TheRuleOfThatTimeCountsToo) {
  start(only(0));
  put("/a", 1);
  ASSERT_TRUE(get("/a").is_of(1));
  purge(What::kRule, "files", true);
  put("/a", 2);
  std::vector<origin::ContentRule> renamed(rules->rules().begin(), rules->rules().end());
  for (origin::ContentRule& rule : renamed) rule.name += "-2";
  rules = *origin::RuleSet::build({}, renamed);
  start(only(0));
  EXPECT_TRUE(get("/a").is_of(2));
}

}  // namespace
}  // namespace larder::cache
