// What a restart makes of segment files that were damaged meanwhile.
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "store_test.h"

namespace larder::storage {
namespace {

namespace fs = std::filesystem;

// Three segments: ids 1 and 2 with three slices each, 3 with two; all sealed.
class RecoveryTest : public StoreTest {
 protected:
  static constexpr std::uint32_t kSlices = 8;

  void SetUp() override {
    open();
    for (std::uint32_t number = 0; number < kSlices; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
    store.reset();
    ASSERT_TRUE(fs::exists(segment(3)));
    ASSERT_FALSE(fs::exists(segment(4)));
  }

  void flip(const std::string& path, std::uint64_t offset) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }

  // Opens, and says which slices are there with the right bytes; those there with wrong ones are a failure.
  std::string found_slices() {
    open();
    std::string found;
    for (std::uint32_t number = 0; number < kSlices; ++number) {
      const auto bytes = store->read(key_of(1, number));
      if (bytes) {
        EXPECT_EQ(*bytes, bytes_of(key_of(1, number), kSliceSize));
        found += static_cast<char>('0' + number);
      }
    }
    return found;
  }

  bool logged(const std::string& text) { return log_text().find(text) != std::string::npos; }
};

TEST_F(RecoveryTest, UndamagedEverythingIsThere) {
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_FALSE(logged("damaged"));
}

TEST_F(RecoveryTest, ATruncatedSegmentKeepsItsWholeSlices) {
  fs::resize_file(segment(2), fs::file_size(segment(2)) - 1'500'000);
  EXPECT_EQ(found_slices(), "012367");
  EXPECT_TRUE(logged(segment(2)));
  EXPECT_TRUE(logged("it has no footer"));
}

TEST_F(RecoveryTest, ASegmentCutInsideItsHeaderIsRemoved) {
  fs::resize_file(segment(2), 30);
  EXPECT_EQ(found_slices(), "01267");
  EXPECT_TRUE(logged(segment(2)));
  EXPECT_FALSE(fs::exists(segment(2)));
}

TEST_F(RecoveryTest, AnEmptySegmentFileIsRemoved) {
  fs::resize_file(segment(1), 0);
  EXPECT_EQ(found_slices(), "34567");
  EXPECT_TRUE(logged("it is empty"));
  EXPECT_FALSE(fs::exists(segment(1)));
}

TEST_F(RecoveryTest, ADeletedSegmentIsJustMissing) {
  fs::remove(segment(1));
  EXPECT_EQ(found_slices(), "34567");
}

TEST_F(RecoveryTest, AFlippedBitInAPayloadDropsThatSliceOnly) {
  flip(segment(1), kMiB + kMiB / 2);
  EXPECT_EQ(found_slices(), "0234567");
  EXPECT_EQ(status().corrupt_slices, 1u);
  EXPECT_EQ(store->load(key_of(1, 1)).error().code, Errc::kNotFound);
  EXPECT_TRUE(logged("corrupt slice dropped"));
}

TEST_F(RecoveryTest, ACorruptSliceIsSaidToBeCorrupt) {
  flip(segment(1), kMiB + kMiB / 2);
  open();
  EXPECT_EQ(store->load(key_of(1, 1)).error().code, Errc::kCorrupt);
}

TEST_F(RecoveryTest, AFlippedBitInARecordHeaderDropsThatSliceOnly) {
  flip(segment(1), 4096 - 64 + 40);
  EXPECT_EQ(found_slices(), "1234567");
}

TEST_F(RecoveryTest, AFlippedBitInTheTableIsWalkedAround) {
  flip(segment(2), fs::file_size(segment(2)) - 64 - 10);
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_TRUE(logged("its table is damaged"));
  EXPECT_EQ(found_slices(), "01234567");  // and has a table again
}

TEST_F(RecoveryTest, AFlippedBitInTheFooterIsWalkedAround) {
  flip(segment(2), fs::file_size(segment(2)) - 20);
  EXPECT_EQ(found_slices(), "01234567");
}

TEST_F(RecoveryTest, AFlippedBitInTheFileHeaderLosesNothing) {
  flip(segment(2), 40);
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_TRUE(logged("its header is damaged"));
}

TEST_F(RecoveryTest, HeaderAndTableDamagedTogetherLoseNothing) {
  flip(segment(2), 40);
  flip(segment(2), fs::file_size(segment(2)) - 64 - 10);
  EXPECT_EQ(found_slices(), "01234567");
}

TEST_F(RecoveryTest, LostSlicesAreCountedWhereTheFooterTells) {
  flip(segment(2), 4096 + kMiB + 4096 - 64 + 10);  // the header of the second record
  flip(segment(2), fs::file_size(segment(2)) - 64 - 10);
  EXPECT_EQ(found_slices(), "012367");
  EXPECT_TRUE(logged("\"lost_slices\":2"));
}

TEST_F(RecoveryTest, AnUnreadableSegmentIsLeftAndTheRestServed) {
  disk.fail(FaultyDisk::Operation::kOpen, "0000000000000002.seg", EACCES);
  EXPECT_EQ(found_slices(), "01267");
  EXPECT_TRUE(logged("segment unreadable"));
  EXPECT_TRUE(fs::exists(segment(2)));
  EXPECT_EQ(status().state, "ok");

  disk.heal();
  EXPECT_EQ(found_slices(), "01234567");
}

TEST_F(RecoveryTest, ASegmentThatCannotBeReadIsLeftAndTheRestServed) {
  disk.fail(FaultyDisk::Operation::kRead, "0000000000000002.seg", EIO);
  EXPECT_EQ(found_slices(), "01267");
  EXPECT_TRUE(logged("segment unreadable"));
  EXPECT_EQ(status().state, "ok");
}

TEST_F(RecoveryTest, AnUnreadableSegmentCountsAndIsEvictedInItsTurn) {
  disk.fail(FaultyDisk::Operation::kOpen, "0000000000000001.seg", EACCES);
  open();
  EXPECT_GT(status().used, 8 * kMiB);
  for (std::uint32_t number = 0; number < 60; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  EXPECT_FALSE(fs::exists(segment(1)));
}

TEST_F(RecoveryTest, ASegmentOfAnotherDriveIsLeftAlone) {
  SliceStore::Options other = options(2);
  other.drives.erase(other.drives.begin());
  open(other);
  for (std::uint32_t number = 0; number < 4; ++number) ASSERT_TRUE(put(key_of(9, number), kSliceSize));
  store.reset();
  fs::copy_file(segment(1, 1), segment(0x77));

  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_FALSE(store->find(key_of(9, 0)));
  EXPECT_TRUE(logged("not this drive's"));
  ASSERT_TRUE(put(key_of(3), kSliceSize));
  EXPECT_TRUE(fs::exists(segment(0x77)));
  EXPECT_TRUE(fs::exists(segment(0x78)));  // its name is not used again
}

TEST_F(RecoveryTest, ARenamedSegmentIsLeftAlone) {
  fs::rename(segment(2), segment(9));
  EXPECT_EQ(found_slices(), "01267");
  EXPECT_TRUE(fs::exists(segment(9)));
}

TEST_F(RecoveryTest, ForeignFilesAmongTheSegmentsAreLeftAlone) {
  support::write_file(drive() + "/segments/notes.txt", "mine");
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_TRUE(logged("notes.txt"));
  EXPECT_EQ(support::read_file(drive() + "/segments/notes.txt"), "mine");
}

TEST_F(RecoveryTest, NoiseNamedLikeASegmentIsRemoved) {
  support::write_file(segment(4), std::string(100'000, 'x'));
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_FALSE(fs::exists(segment(4)));
}

// What kill -9 leaves: no table, and perhaps a part of the last record.
TEST_F(RecoveryTest, AfterACrashOnlyTheTornSliceIsLost) {
  const std::uint64_t records_end = fs::file_size(segment(3)) - 64 - 2 * 32;
  for (const std::uint64_t cut : {std::uint64_t{0}, std::uint64_t{1}, kMiB / 2, kMiB + 10}) {
    const std::string saved = folder / "saved";
    fs::copy_file(segment(3), saved, fs::copy_options::overwrite_existing);
    fs::resize_file(segment(3), records_end - cut);
    EXPECT_EQ(found_slices(), cut == 0 ? "01234567" : "0123456") << cut;
    EXPECT_EQ(found_slices(), cut == 0 ? "01234567" : "0123456") << cut;
    store.reset();
    fs::copy_file(saved, segment(3), fs::copy_options::overwrite_existing);
  }
}

TEST_F(RecoveryTest, BytesOfAnEarlierFileAreNoRecords) {
  // A record of segment 1 lies where the next record of segment 3 would be.
  const std::uint64_t records_end = fs::file_size(segment(3)) - 64 - 2 * 32;
  std::string old = support::read_file(segment(1)).substr(0, kMiB + 8192);
  std::string cut = support::read_file(segment(3)).substr(0, records_end);
  support::write_file(segment(3), cut + old.substr(4032));
  EXPECT_EQ(found_slices(), "01234567");
  EXPECT_EQ(status().slices, kSlices);
}

TEST_F(RecoveryTest, ASmallerDriveEvictsTheOldestAtOnce) {
  open();
  for (std::uint32_t number = 0; number < 40; ++number) ASSERT_TRUE(put(key_of(2, number), kSliceSize));
  SliceStore::Options wide = options();
  wide.drives[0].size = 2 * kDriveSize;
  open(wide);
  for (std::uint32_t number = 0; number < 40; ++number) ASSERT_TRUE(put(key_of(3, number), kSliceSize));
  EXPECT_GT(status().used, kDriveSize);

  open();

  EXPECT_LE(status().used, kDriveSize);
  EXPECT_FALSE(store->find(key_of(1, 0)));
  EXPECT_TRUE(store->find(key_of(3, 39)));
}

}  // namespace
}  // namespace larder::storage
