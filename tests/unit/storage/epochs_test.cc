#include "storage/epochs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "storage/drive_choice.h"
#include "store_test.h"
#include "support/seed.h"

namespace larder::storage {
namespace {

using Word = Epochs::Word;

DriveId made_up_id(unsigned number) {
  DriveId id{};
  id[0] = static_cast<std::byte>(number);
  id[7] = static_cast<std::byte>(17 * number);
  return id;
}

constexpr std::uint64_t kSize = 1000;
const DriveInUse kA{made_up_id(1), kSize};
const DriveInUse kB{made_up_id(2), kSize};
const DriveInUse kC{made_up_id(3), kSize};

Word nothing(const DriveInUse& drive) { return {drive, Word::Kind::kNothing, {}}; }
Word damaged(const DriveInUse& drive) { return {drive, Word::Kind::kDamaged, {}}; }
Word said(const DriveInUse& drive, const Epochs& epochs) { return {drive, Word::Kind::kEpochs, epochs.all()}; }

SegmentIdentity on(const DriveInUse& drive, std::uint64_t segment) { return {drive.id, segment}; }

// A key that goes to `drive` if all of `drives` are in use.
SliceKey key_for(const DriveInUse& drive, const std::vector<DriveInUse>& drives) {
  const Epochs all({{1, 0, drives}});
  for (std::uint64_t object = 1;; ++object) {
    const SliceKey key{{object * 0x9E37'79B9'7F4A'7C15, object}, kMetaSlice};
    if (all.relies_on(key, on(drive, 1))) return key;
  }
}

TEST(Epochs, DrivesOfBeforeAreOneStore) {
  const std::vector<Word> words = {nothing(kA), nothing(kB)};
  const Epochs epochs = Epochs::at_start(words, 100);
  EXPECT_EQ(epochs.all(), (std::vector<Epoch>{{1, 0, {kA, kB}}}));
  EXPECT_TRUE(epochs.relies_on(key_for(kA, {kA, kB}), on(kA, 5)));
  EXPECT_TRUE(epochs.relies_on(key_for(kB, {kA, kB}), on(kB, 99)));
}

TEST(Epochs, AStartWithTheSameDrivesOnlyCounts) {
  Epochs epochs = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  epochs = Epochs::at_start(std::vector{said(kB, epochs), said(kA, epochs)}, 200);
  EXPECT_EQ(epochs.all(), (std::vector<Epoch>{{2, 0, {kA, kB}}}));
}

TEST(Epochs, ADriveThatWasAwayIsNotReliedOn) {
  const Epochs both = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs alone = Epochs::at_start(std::vector{said(kA, both)}, 60);
  const Epochs again = Epochs::at_start(std::vector{said(kA, alone), said(kB, both)}, 100);
  const SliceKey of_b = key_for(kB, {kA, kB});
  EXPECT_TRUE(both.relies_on(of_b, on(kB, 80)));
  EXPECT_FALSE(again.relies_on(of_b, on(kB, 80)));
  EXPECT_TRUE(again.relies_on(of_b, on(kB, 100))) << "written since";
  EXPECT_FALSE(again.relies_on(of_b, on(kA, 70))) << "B has the say on it again";
  EXPECT_TRUE(again.relies_on(key_for(kA, {kA, kB}), on(kA, 5))) << "A was always there";
}

TEST(Epochs, WhatWasWrittenMeanwhileIsLaterThoughItsIdIsLower) {
  const Epochs both = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs alone = Epochs::at_start(std::vector{said(kA, both)}, 60);  // B has segments up to 99
  const Epochs again = Epochs::at_start(std::vector{said(kA, alone), said(kB, both)}, 100);
  EXPECT_TRUE(again.later(on(kA, 61), on(kB, 99)));
  EXPECT_FALSE(again.later(on(kB, 99), on(kA, 61)));
  EXPECT_TRUE(again.later(on(kB, 100), on(kA, 61)));
  EXPECT_TRUE(again.later(on(kB, 99), on(kA, 59)));
}

TEST(Epochs, ADriveThatFailsIsAwayFromThenOn) {
  Epochs epochs = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs before = epochs;
  epochs.leave(kB.id, 120);
  EXPECT_EQ(epochs.all().back(), (Epoch{2, 120, {kA}}));
  epochs.leave(kB.id, 130);
  EXPECT_EQ(epochs.all().size(), 2u) << "once";
  const Epochs again = Epochs::at_start(std::vector{said(kA, epochs), said(kB, before)}, 140);
  EXPECT_FALSE(again.relies_on(key_for(kB, {kA, kB}), on(kB, 80)));
  EXPECT_TRUE(again.relies_on(key_for(kA, {kA, kB}), on(kA, 80)));
}

TEST(Epochs, AKeyThatMovesToANewDriveIsNotReliedOnWhereItWas) {
  const Epochs alone = Epochs::at_start(std::vector{nothing(kA)}, 100);
  const Epochs both = Epochs::at_start(std::vector{said(kA, alone), nothing(kB)}, 100);
  const SliceKey moved = key_for(kB, {kA, kB});
  EXPECT_FALSE(both.relies_on(moved, on(kA, 50)));
  EXPECT_TRUE(both.relies_on(key_for(kA, {kA, kB}), on(kA, 50)));
  // And not when B is gone again either, with what it alone knows.
  const Epochs alone_again = Epochs::at_start(std::vector{said(kA, both)}, 200);
  EXPECT_FALSE(alone_again.relies_on(moved, on(kA, 50)));
  EXPECT_TRUE(alone_again.relies_on(moved, on(kA, 200)));
}

TEST(Epochs, AnotherSizeMovesKeysToo) {
  const DriveInUse larger{kB.id, 100 * kSize};
  const Epochs before = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs after = Epochs::at_start(std::vector{said(kA, before), said(larger, before)}, 100);
  std::size_t moved = 0;
  for (std::uint64_t object = 1; object <= 100; ++object) {
    const SliceKey key = key_of(object, kMetaSlice);
    if (!before.relies_on(key, on(kA, 5))) continue;
    moved += !after.relies_on(key, on(kA, 5));
  }
  EXPECT_GT(moved, 30u);
}

TEST(Epochs, OfTwoStoresPutTogetherNeitherIsReliedOn) {
  const Epochs first = Epochs::at_start(std::vector{nothing(kA)}, 100);
  const Epochs second = Epochs::at_start(std::vector{nothing(kB)}, 300);
  const Epochs together = Epochs::at_start(std::vector{said(kA, first), said(kB, second)}, 300);
  EXPECT_EQ(together.all(), (std::vector<Epoch>{{2, 300, {kA, kB}}}));
  EXPECT_FALSE(together.relies_on(key_for(kA, {kA, kB}), on(kA, 50)));
  EXPECT_FALSE(together.relies_on(key_for(kB, {kA, kB}), on(kB, 250)));
  EXPECT_TRUE(together.relies_on(key_for(kB, {kA, kB}), on(kB, 300)));
}

TEST(Epochs, OfDrivesThatWentApartNeitherIsReliedOn) {
  const Epochs both = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs a = Epochs::at_start(std::vector{said(kA, both)}, 100);
  const Epochs b = Epochs::at_start(std::vector{said(kB, both)}, 100);
  const Epochs again = Epochs::at_start(std::vector{said(kA, a), said(kB, b)}, 150);
  EXPECT_FALSE(again.relies_on(key_for(kA, {kA, kB}), on(kA, 50)));
  EXPECT_FALSE(again.relies_on(key_for(kB, {kA, kB}), on(kB, 50)));
}

TEST(Epochs, AnOldDriveThatWasNeverInUseWithTheOthersIsNotReliedOn) {
  const Epochs alone = Epochs::at_start(std::vector{nothing(kA)}, 100);
  const Epochs both = Epochs::at_start(std::vector{said(kA, alone), nothing(kB)}, 500);
  EXPECT_FALSE(both.relies_on(key_for(kB, {kA, kB}), on(kB, 499)));
  EXPECT_TRUE(both.later(on(kA, 5), on(kB, 499)));
}

TEST(Epochs, ADamagedFileMeansThatTheDriveWasAway) {
  const Epochs both = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs again = Epochs::at_start(std::vector{said(kA, both), damaged(kB)}, 100);
  EXPECT_FALSE(again.relies_on(key_for(kB, {kA, kB}), on(kB, 50)));
  EXPECT_TRUE(again.relies_on(key_for(kA, {kA, kB}), on(kA, 50)));
  const Epochs only = Epochs::at_start(std::vector{damaged(kA)}, 100);
  EXPECT_FALSE(only.relies_on(key_for(kA, {kA}), on(kA, 99)));
}

// Killed between the writing of one drive's file and another's.
TEST(Epochs, ADriveWhoseFileIsBehindWasAway) {
  const Epochs first = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 100);
  const Epochs second = Epochs::at_start(std::vector{said(kA, first), said(kB, first)}, 100);
  const Epochs third = Epochs::at_start(std::vector{said(kA, second), said(kB, first)}, 100);
  EXPECT_FALSE(third.relies_on(key_for(kB, {kA, kB}), on(kB, 50)));
  EXPECT_TRUE(third.relies_on(key_for(kA, {kA, kB}), on(kA, 50)));
  const Epochs fourth = Epochs::at_start(std::vector{said(kA, third), said(kB, third)}, 120);
  EXPECT_TRUE(fourth.relies_on(key_for(kB, {kA, kB}), on(kB, 110)));
}

TEST(Epochs, TheOldestAreForgottenAndNoLongerReliedOn) {
  Epochs epochs = Epochs::at_start(std::vector{nothing(kA)}, 10);
  std::uint64_t segment = 10;
  for (int times = 0; times < 100; ++times) {
    epochs = Epochs::at_start(std::vector{said(kA, epochs), nothing(kC)}, segment += 10);
    epochs.leave(kC.id, segment += 10);
  }
  EXPECT_EQ(epochs.all().size(), Epochs::kMost);
  const SliceKey key = key_for(kA, {kA, kC});
  EXPECT_FALSE(epochs.relies_on(key, on(kA, 5)));
  EXPECT_TRUE(epochs.relies_on(key, on(kA, segment - 100)));
  const Epochs next = Epochs::at_start(std::vector{said(kA, epochs)}, segment + 1);
  EXPECT_TRUE(next.relies_on(key, on(kA, segment - 100)));
}

TEST(Epochs, TheFileIsReadAsItWasWritten) {
  Epochs epochs = Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 0xABC);
  epochs.leave(kB.id, 0x1234567890);
  const std::string text = serialize(epochs.all());
  EXPECT_EQ(text,
            "larder epochs, format 1\n"
            "epoch 1 from 0000000000000000\n"
            "drive 01000000000000110000000000000000 1000\n"
            "drive 02000000000000220000000000000000 1000\n"
            "epoch 2 from 0000001234567890\n"
            "drive 01000000000000110000000000000000 1000\n" +
                text.substr(text.size() - 13));
  const auto read = parse_epochs(text);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, epochs.all());
}

TEST(Epochs, ADamagedFileIsRefused) {
  const std::string text = serialize(Epochs::at_start(std::vector{nothing(kA), nothing(kB)}, 7).all());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 0x04;
    EXPECT_FALSE(parse_epochs(changed)) << i;
    EXPECT_FALSE(parse_epochs(std::string_view(text).substr(0, i))) << i;
  }
  EXPECT_FALSE(parse_epochs(text + "x"));
}

// A store as simple as it can be: it keeps, of every key, what is on which drive, in which segment and version; drives
// come, go, fail, lose their oldest segment. Whatever is relied on after a start must be the version that was written
// last.
class SmallStore {
 public:
  explicit SmallStore(std::uint64_t seed) : random_(seed) {}

  void step() {
    switch (random_() % 8) {
      case 0: return restart();
      case 1: return fail_one();
      case 2: return evict_one();
      default: return write();
    }
  }
  std::size_t checks() const { return checks_; }

 private:
  static constexpr unsigned kDrives = 4;
  struct Record {
    std::uint64_t segment = 0;
    std::uint64_t version = 0;
    SliceKey key;
  };
  struct Drive {
    DriveInUse use;
    Word::Kind kind = Word::Kind::kNothing;
    std::vector<Epoch> epochs;
    std::vector<Record> records;  // as on the device, in the order of writing
    bool in_use = false;
  };

  void restart() {
    std::vector<Word> words;
    next_segment_ = 1;
    const Drive& stays = *std::ranges::max_element(
        drives_, {}, [](const Drive& drive) { return drive.epochs.empty() ? 0 : drive.epochs.back().number; });
    for (unsigned i = 0; i < kDrives; ++i) {
      Drive& drive = drives_[i];
      drive.use.id = made_up_id(i + 1);
      if (drive.use.size == 0 || random_() % 8 == 0) drive.use.size = 1000 * (1 + random_() % 3);
      drive.in_use = &drive == &stays || random_() % 4 != 0;
      if (!drive.in_use) continue;
      words.push_back({drive.use, drive.kind, drive.epochs});
      for (const Record& record : drive.records) next_segment_ = std::max(next_segment_, record.segment + 1);
    }
    epochs_ = Epochs::at_start(words, next_segment_);
    next_segment_ = std::max(next_segment_, epochs_.first_segment());
    check();
    tell_all();
  }

  // Nothing is written before all know; the program may be killed before they do.
  void tell_all() {
    for (Drive& drive : drives_) {
      if (!drive.in_use) continue;
      if (random_() % 16 == 0) return restart();
      drive.kind = Word::Kind::kEpochs;
      drive.epochs = epochs_.all();
    }
  }

  void fail_one() {
    Drive& drive = drives_[random_() % kDrives];
    if (!drive.in_use) return;
    drive.in_use = false;
    epochs_.leave(drive.use.id, next_segment_);
    tell_all();
  }

  void evict_one() {
    Drive& drive = drives_[random_() % kDrives];
    if (!drive.in_use || drive.records.empty()) return;
    const std::uint64_t oldest = drive.records.front().segment;
    std::erase_if(drive.records, [&](const Record& record) { return record.segment == oldest; });
  }

  void write() {
    const SliceKey key = key_of(1 + random_() % 6, kMetaSlice);
    const SliceIndex::Hash hash = SliceIndex::hash(key);
    Drive* best = nullptr;
    double best_draw = 0;
    for (Drive& drive : drives_) {
      if (!drive.in_use) continue;
      const double draw = draw_for(hash, choice_seed(drive.use.id), drive.use.size);
      if (best != nullptr && draw <= best_draw) continue;
      best = &drive;
      best_draw = draw;
    }
    if (best == nullptr) return;
    best->records.push_back({next_segment_++, ++version_, key});
    newest_[key.object[0]] = version_;
  }

  // What is in the index after a start is the latest of a key's records.
  void check() {
    std::map<std::uint64_t, std::pair<Record, DriveId>> index;
    for (const Drive& drive : drives_) {
      if (!drive.in_use) continue;
      for (const Record& record : drive.records) {
        const auto found = index.find(record.key.object[0]);
        if (found == index.end() ||
            epochs_.later({drive.use.id, record.segment}, {found->second.second, found->second.first.segment})) {
          index[record.key.object[0]] = {record, drive.use.id};
        }
      }
    }
    for (const auto& [object, at] : index) {
      const auto& [record, drive] = at;
      if (!epochs_.relies_on(record.key, {drive, record.segment})) continue;
      ++checks_;
      ASSERT_EQ(record.version, newest_[object]) << "an old version is relied on";
    }
  }

  std::mt19937_64 random_;
  std::array<Drive, kDrives> drives_;
  Epochs epochs_;
  std::uint64_t next_segment_ = 1;
  std::uint64_t version_ = 0;
  std::map<std::uint64_t, std::uint64_t> newest_;
  std::size_t checks_ = 0;
};

TEST(Epochs, OnlyTheNewestIsReliedOnWhateverDrivesDo) {
  SCOPED_TRACE(support::seed_trace());
  std::size_t checks = 0;
  for (std::uint64_t round = 0; round < 200 && !testing::Test::HasFatalFailure(); ++round) {
    SmallStore store(support::test_seed() + round);
    for (int step = 0; step < 300 && !testing::Test::HasFatalFailure(); ++step) store.step();
    checks += store.checks();
  }
  EXPECT_GT(checks, 10'000u);
}

}  // namespace
}  // namespace larder::storage
