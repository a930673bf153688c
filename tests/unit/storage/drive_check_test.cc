#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "store_test.h"

namespace larder::storage {
namespace {

namespace fs = std::filesystem;

class DriveCheckTest : public StoreTest {
 protected:
  Result<> check(const std::string& path, std::uint64_t size = kDriveSize) { return check_drive({path, size}, disk); }

  // The refusal names the path and says `reason`.
  void expect_refused(const std::string& path, Errc code, const std::string& reason, std::uint64_t size = kDriveSize) {
    const auto checked = check(path, size);
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, code) << checked.error().text;
    EXPECT_NE(checked.error().text.find(path), std::string::npos) << checked.error().text;
    EXPECT_NE(checked.error().text.find(reason), std::string::npos) << checked.error().text;
    EXPECT_FALSE(SliceStore::open({{{path, size}}}, disk, clock, *log));
  }
};

TEST_F(DriveCheckTest, AnEmptyOrMissingFolderIsFine) {
  fs::create_directory(drive(0));
  EXPECT_TRUE(check(drive(0)));
  EXPECT_TRUE(check(drive(1)));
  EXPECT_TRUE(check(drive(1) + "/"));
  EXPECT_FALSE(fs::exists(drive(1)));
}

TEST_F(DriveCheckTest, AMissingFolderIsMadePrivate) {
  open();
  struct stat status{};
  ASSERT_EQ(::stat(drive().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777 & ~0750, 0u);
}

TEST_F(DriveCheckTest, AnEarlierDriveIsFineAlsoWhileInUse) {
  open();
  EXPECT_TRUE(check(drive()));
  store.reset();
  EXPECT_TRUE(check(drive()));
}

TEST_F(DriveCheckTest, TheRootIsRefused) {
  expect_refused("/", Errc::kRefused, "root folder");
  expect_refused("/usr/..", Errc::kRefused, "root folder");
}

TEST_F(DriveCheckTest, RelativeAndEmptyPathsAreRefused) {
  expect_refused(".", Errc::kInvalid, "relative");
  expect_refused("./var", Errc::kInvalid, "relative");
  expect_refused("srv/larder", Errc::kInvalid, "relative");
  expect_refused("", Errc::kInvalid, "empty");
}

TEST_F(DriveCheckTest, AFileIsRefused) {
  support::write_file(folder / "file", "x");
  expect_refused(folder / "file", Errc::kInvalid, "not a folder");
}

TEST_F(DriveCheckTest, AMissingParentIsRefused) {
  expect_refused(folder / "missing/drive", Errc::kInvalid, "make " + folder / "missing");
}

TEST_F(DriveCheckTest, ForeignFilesAreNamed) {
  fs::create_directory(drive());
  support::write_file(drive() + "/holiday.jpg", "x");
  expect_refused(drive(), Errc::kRefused, "holiday.jpg");
}

TEST_F(DriveCheckTest, SegmentsWithoutIdentityAreForeign) {
  fs::create_directories(drive() + "/segments");
  expect_refused(drive(), Errc::kRefused, "larder-drive");
}

TEST_F(DriveCheckTest, LostAndFoundIsNoForeignFile) {
  fs::create_directories(drive() + "/lost+found");
  EXPECT_TRUE(check(drive()));
}

TEST_F(DriveCheckTest, ADamagedIdentityIsNamed) {
  open();
  store.reset();
  support::write_file(drive() + "/larder-drive", "something else");
  expect_refused(drive(), Errc::kInvalid, "larder-drive");
}

TEST_F(DriveCheckTest, AFolderThatCannotBeWrittenIsRefused) {
  fs::create_directory(drive());
  disk.fail(FaultyDisk::Operation::kCheckWritable, drive(), EACCES);
  expect_refused(drive(), Errc::kRefused, "may not make files");
}

TEST_F(DriveCheckTest, TooSmallASizeIsRefused) {
  expect_refused(drive(), Errc::kInvalid, "at least 64 MiB", 63 * kMiB);
}

TEST_F(DriveCheckTest, MoreThanIsFreeIsRefused) {
  disk.pretend_free(100 * kMiB);
  EXPECT_TRUE(check(drive(), 100 * kMiB));
  expect_refused(drive(), Errc::kNoSpace, "100 MiB are free", 101 * kMiB);
}

TEST_F(DriveCheckTest, RoomOfOurOwnSegmentsCountsAsFree) {
  open();
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  disk.pretend_free(50 * kMiB);
  EXPECT_TRUE(check(drive(), 65 * kMiB));
  EXPECT_FALSE(check(drive(), 80 * kMiB));
}

TEST_F(DriveCheckTest, DrivesMustLieApart) {
  fs::create_directory(drive(0));
  fs::create_symlink(drive(0), folder / "link");
  const auto together = [&](const std::string& a, const std::string& b) {
    return check_drives({{a, kDriveSize}, {b, kDriveSize}}, disk);
  };
  EXPECT_TRUE(together(drive(0), drive(1)));
  EXPECT_TRUE(together(drive(1), drive(1) + "0"));
  EXPECT_FALSE(together(drive(0), drive(0) + "/"));
  EXPECT_FALSE(together(drive(0), folder / "link"));
  EXPECT_FALSE(together(drive(0), drive(0) + "/inner"));
  EXPECT_FALSE(together(drive(0) + "/inner", drive(0)));
  EXPECT_NE(together(drive(0), folder / "link").error().text.find("same folder"), std::string::npos);
}

}  // namespace
}  // namespace larder::storage
