// What a store keeps of its purges: on all of its drives and beside them, before it says so.
#include <cerrno>

#include "storage/drive.h"
#include "store_test.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace larder::storage {
namespace {

using Call = FaultyDisk::Operation;

class KeptPurges : public StoreTest {
 protected:
  std::string kept(int number) const { return support::read_file(drive(number) + "/larder-purges"); }
  std::string state() const { return folder / "state"; }
  std::string kept_beside() const { return support::read_file(state() + "/larder-purges"); }
  SliceStore::Options with_state(int drives) const {
    SliceStore::Options all = options(drives);
    all.state = state();
    return all;
  }
};

TEST_F(KeptPurges, EveryPlaceHasThemWhenItIsSaid) {
  open(with_state(2));
  EXPECT_EQ(store->keep_purges("one"), "");
  EXPECT_EQ(kept(0), "one");
  EXPECT_EQ(kept(1), "one");
  EXPECT_EQ(kept_beside(), "one");
  open(with_state(2));
  ASSERT_EQ(store->kept_purges().size(), 3u);
  EXPECT_EQ(store->kept_purges()[1].place, drive(1));
  for (const auto& each : store->kept_purges()) EXPECT_EQ(each.text, "one");
}

TEST_F(KeptPurges, WhatIsNotedIsWrittenInItsTime) {
  open(2);
  store->note_purges("one");
  store->note_purges("two");
  store->drain();
  EXPECT_EQ(kept(0), "two");
  EXPECT_EQ(kept(1), "two");
}

TEST_F(KeptPurges, WhoNeverKeptAnyIsToldFromWhoCannotSay) {
  open(1);
  ASSERT_EQ(store->kept_purges().size(), 1u);
  EXPECT_FALSE(store->kept_purges()[0].text);
  EXPECT_EQ(store->kept_purges()[0].damage, "");
  support::write_file(drive() + "/larder-purges", std::string(600'000, 'x'));
  open(1);
  EXPECT_FALSE(store->kept_purges()[0].text);
  EXPECT_NE(store->kept_purges()[0].damage, "");
}

TEST_F(KeptPurges, ADriveWithoutRoomIsNamed) {
  open(2);
  disk.fail(Call::kWrite, drive(1) + "/larder-purges", ENOSPC);
  const std::string trouble = store->keep_purges("one");
  EXPECT_NE(trouble.find(drive(1)), std::string::npos) << trouble;
  EXPECT_EQ(trouble.find(drive(0)), std::string::npos) << trouble;
  EXPECT_EQ(status(1).state, "ok") << "it is full, not broken";
  EXPECT_EQ(kept(0), "one");
  disk.heal();
  EXPECT_EQ(store->keep_purges("two"), "");
  EXPECT_EQ(kept(1), "two");
}

TEST_F(KeptPurges, ADriveThatFailsIsOutOfUse) {
  open(2);
  disk.fail(Call::kSync, drive(1), EIO);
  EXPECT_EQ(store->keep_purges("one"), "") << "the other one knows it, and what is there with it";
  EXPECT_EQ(status(1).state, "failed");
  disk.fail(Call::kRename, drive(0), EIO);
  EXPECT_NE(store->keep_purges("two"), "");
  EXPECT_EQ(kept(0), "one") << "as it was or as it is to be";
}

TEST_F(KeptPurges, ADriveThatHangsHoldsNobodyUpForEver) {
  open(2);
  store->drain();
  disk.hold_writes();
  const std::string trouble = store->keep_purges("one", std::chrono::milliseconds(20));
  EXPECT_NE(trouble.find(drive(0) + ": it does not answer"), std::string::npos) << trouble;
  EXPECT_NE(trouble.find(drive(1) + ": it does not answer"), std::string::npos) << trouble;
  disk.release_writes();
  store->drain();
  EXPECT_EQ(kept(0), "one") << "and is written all the same";
}

TEST_F(KeptPurges, ADriveThatHangsWithThemTakesNothingMore) {
  support::ManualClock hung;
  store = *SliceStore::open(options(), disk, hung, *log);
  store->drain();
  disk.hold_writes();
  store->note_purges("one");
  ASSERT_TRUE(support::eventually([&] { return disk.writes_wait(); }));
  hung.advance(2 * Drive::kHang);
  bool declined = false;
  const Bytes bytes = bytes_of(key_of(1), 1000);
  store->put(key_of(1), bytes, {}, [&](bool stored) { declined = !stored; });
  EXPECT_TRUE(declined);
  disk.release_writes();
  store.reset();
}

TEST_F(KeptPurges, AFolderBesideThemThatKeepsNothingIsNamed) {
  open(with_state(2));
  disk.fail(Call::kWrite, state(), ENOSPC);
  const std::string trouble = store->keep_purges("one");
  EXPECT_NE(trouble.find(state()), std::string::npos) << trouble;
  EXPECT_EQ(trouble.find(drive(0)), std::string::npos) << trouble;
  disk.heal();
  EXPECT_EQ(store->keep_purges("two"), "");
  EXPECT_EQ(kept_beside(), "two");
}

TEST_F(KeptPurges, WithoutADriveInUseTheFolderBesideThemKeepsThem) {
  open(with_state(1));
  disk.fail(Call::kWrite, drive(0), EIO);
  EXPECT_EQ(store->keep_purges("one"), "");
  EXPECT_EQ(kept_beside(), "one");
  disk.fail(Call::kWrite, state(), EIO);
  EXPECT_NE(store->keep_purges("two"), "");
}

TEST_F(KeptPurges, WithNoDriveAtAllThereIsNothingToLose) {
  open(0);
  EXPECT_EQ(store->keep_purges("one"), "");
  EXPECT_TRUE(store->kept_purges().empty());
}

}  // namespace
}  // namespace larder::storage
