#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "storage/drive_id.h"
#include "store_test.h"

namespace larder::storage {
namespace {

namespace fs = std::filesystem;

class DriveCheckTest : public StoreTest {
 protected:
  using Kind = DriveProblem::Kind;

  std::vector<DriveProblem> check(const std::string& path, std::uint64_t size = kDriveSize) {
    return check_drives({{path, size}}, disk);
  }
  bool is_fine(const std::string& path, std::uint64_t size = kDriveSize) { return check(path, size).empty(); }

  // It says `reason`.
  void expect_told(const std::string& path, Kind kind, const std::string& key, const std::string& reason,
                   std::uint64_t size) {
    const auto problems = check(path, size);
    ASSERT_EQ(problems.size(), 1u) << path;
    EXPECT_EQ(problems[0].kind, kind) << problems[0].text;
    EXPECT_EQ(problems[0].key, key);
    EXPECT_TRUE(problems[0].text.contains(reason)) << problems[0].text;
  }
  // Nothing starts with it.
  void expect_mistake(const std::string& path, const std::string& reason, const std::string& key = "path",
                      std::uint64_t size = kDriveSize) {
    expect_told(path, Kind::kMistake, key, reason, size);
    const auto opened = SliceStore::open({{{drive(7), kDriveSize}, {path, size}}}, disk, clock, *log);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::kInvalid);
    EXPECT_TRUE(opened.error().text.starts_with("drive " + path + ": ")) << opened.error().text;
    EXPECT_TRUE(opened.error().text.contains(reason)) << opened.error().text;
  }
  // The store works with the other drive.
  void expect_out(const std::string& path, const std::string& reason) {
    expect_told(path, Kind::kOut, "path", reason, kDriveSize);
    open({{{path, kDriveSize}, {drive(7), kDriveSize}}});
    EXPECT_EQ(status(0).state, "failed");
    EXPECT_TRUE(status(0).reason.contains(reason)) << status(0).reason;
    EXPECT_EQ(status(1).state, "ok");
    EXPECT_TRUE(put(key_of(1), kSliceSize));
    store.reset();
  }
};

TEST_F(DriveCheckTest, AnEmptyOrMissingFolderIsFine) {
  fs::create_directory(drive(0));
  EXPECT_TRUE(is_fine(drive(0)));
  EXPECT_TRUE(is_fine(drive(1)));
  EXPECT_TRUE(is_fine(drive(1) + "/"));
  EXPECT_FALSE(fs::exists(drive(1)));
}

TEST_F(DriveCheckTest, AMissingFolderIsMadePrivate) {
  open();
  EXPECT_TRUE(log_text().contains("a new drive is begun"));
  struct stat status{};
  ASSERT_EQ(::stat(drive().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777 & ~0750, 0u);
}

TEST_F(DriveCheckTest, AnEarlierDriveIsFineAlsoWhileInUse) {
  open();
  EXPECT_TRUE(is_fine(drive()));
  store.reset();
  EXPECT_TRUE(is_fine(drive()));
}

TEST_F(DriveCheckTest, ADiskThatHangsIsOutOfUseAndNotTouched) {
  disk.hang(drive(0));
  disk.fail(FaultyDisk::Operation::kList, drive(0), EIO);  // whoever asked it would say so
  expect_out(drive(0), "its disk does not answer");
}

TEST_F(DriveCheckTest, TheRootIsRefused) {
  expect_mistake("/", "root folder");
  expect_mistake("/usr/..", "root folder");
}

TEST_F(DriveCheckTest, RelativeAndEmptyPathsAreRefused) {
  expect_mistake(".", "relative");
  expect_mistake("./var", "relative");
  expect_mistake("srv/larder", "relative");
  expect_mistake("", "empty");
}

TEST_F(DriveCheckTest, AFileIsRefused) {
  support::write_file(folder / "file", "x");
  expect_mistake(folder / "file", "not a folder");
}

TEST_F(DriveCheckTest, WithoutTheFolderAboveItADriveIsOutOfUse) {
  expect_out(folder / "missing/drive", "make " + folder / "missing");
}

TEST_F(DriveCheckTest, ForeignFilesAreNamed) {
  fs::create_directory(drive());
  support::write_file(drive() + "/holiday.jpg", "x");
  expect_mistake(drive(), "holiday.jpg");
}

TEST_F(DriveCheckTest, ForeignFilesInADriveThatWasBegunAreLeftAlone) {
  open();
  ASSERT_TRUE(put(key_of(1), kSliceSize));
  store.reset();
  support::write_file(drive() + "/.nfs0001", "x");
  EXPECT_TRUE(is_fine(drive()));
  open();
  EXPECT_TRUE(store->contains(key_of(1)));
  EXPECT_TRUE(fs::exists(drive() + "/.nfs0001"));
}

// The folder below a file system that is not mounted may hold anything, and have little room.
TEST_F(DriveCheckTest, WhatMayLieBelowAMountPointKeepsNoNodeFromStartingThatHasADrive) {
  fs::create_directory(drive(1));
  support::write_file(drive(1) + "/NOT_MOUNTED", "x");
  open();
  store.reset();
  disk.pretend_free(65 * kMiB);
  const auto problems = check_drives({{drive(0), kDriveSize}, {drive(1), kDriveSize}, {drive(2), kDriveSize}}, disk);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].kind, Kind::kOut) << problems[0].text;
  EXPECT_TRUE(problems[0].text.contains("NOT_MOUNTED")) << problems[0].text;
  EXPECT_EQ(problems[1].kind, Kind::kOut) << problems[1].text;
  EXPECT_TRUE(problems[1].text.contains("128 MiB are asked for")) << problems[1].text;
}

TEST_F(DriveCheckTest, ALinkToNothingIsOutOfUse) {
  fs::create_symlink(folder / "unmounted/drive", drive());
  expect_out(drive(), "cannot resolve");
}

TEST_F(DriveCheckTest, APathWithAControlCharacterIsRefused) {
  expect_mistake(drive() + "\n", "control characters");
  expect_mistake(drive() + std::string(1, '\0') + "b", "control characters");
}

TEST_F(DriveCheckTest, SegmentsWithoutIdentityAreNotBegunAnew) {
  fs::create_directories(drive() + "/segments");
  expect_out(drive(), "larder-drive");
}

TEST_F(DriveCheckTest, LostAndFoundIsNoForeignFile) {
  fs::create_directories(drive() + "/lost+found");
  EXPECT_TRUE(is_fine(drive()));
}

TEST_F(DriveCheckTest, ADamagedIdentityIsNamed) {
  open();
  store.reset();
  support::write_file(drive() + "/larder-drive", "something else");
  expect_out(drive(), "larder-drive");
}

// Whoever opens one waits for somebody who writes into it.
TEST_F(DriveCheckTest, AFifoAsIdentityIsNotOpened) {
  fs::create_directory(drive());
  ASSERT_EQ(::mkfifo((drive() + "/larder-drive").c_str(), 0600), 0);
  expect_out(drive(), "larder-drive is no file");
}

TEST_F(DriveCheckTest, ALostFolderOfSegmentsIsTold) {
  open();
  store.reset();
  EXPECT_FALSE(log_text().contains("folder of segments is gone"));
  fs::remove_all(drive() + "/segments");
  open();
  EXPECT_EQ(status().state, "ok");
  EXPECT_TRUE(log_text().contains("folder of segments is gone"));
}

TEST_F(DriveCheckTest, AFolderThatCannotBeWrittenIsOutOfUse) {
  fs::create_directory(drive());
  disk.fail(FaultyDisk::Operation::kCheckWritable, drive(), EACCES);
  expect_out(drive(), "able to make files there");
}

// As below a mount point that belongs to root, while nothing is mounted there.
TEST_F(DriveCheckTest, AFolderThatIsNotThereAndCannotBeMadeMayNotBeMounted) {
  fs::create_directory(folder / "disk");
  disk.fail(FaultyDisk::Operation::kCheckWritable, folder / "disk", EACCES);
  expect_out(folder / "disk/drive",
             "it is not there; mount its file system, or make it, for the user that the node runs as: ");
}

TEST_F(DriveCheckTest, TooSmallASizeIsRefused) { expect_mistake(drive(), "at least 64 MiB", "size", 63 * kMiB); }

TEST_F(DriveCheckTest, ANewDriveNeedsRoom) {
  disk.pretend_free(100 * kMiB);
  EXPECT_TRUE(is_fine(drive(), 100 * kMiB));
  expect_told(drive(), Kind::kMistake, "size", "100 MiB are free", 101 * kMiB);
}

TEST_F(DriveCheckTest, ADriveThatWasBegunIsNoMistakeThoughOthersFilledItsFileSystem) {
  open();
  for (std::uint32_t number = 0; number < 20; ++number) ASSERT_TRUE(put(key_of(1, number), kSliceSize));
  store.reset();
  disk.pretend_free(50 * kMiB);
  EXPECT_TRUE(is_fine(drive(), 70 * kMiB)) << "its own segments are room too";
  EXPECT_TRUE(is_fine(drive(), 71 * kMiB)) << "a little is always missing";
  expect_told(drive(), Kind::kRoom, "size", "80 MiB are asked for", 80 * kMiB);
  open({{{drive(), 80 * kMiB}}});
  EXPECT_EQ(status().state, "no_room");
  EXPECT_TRUE(status().reason.contains("80 MiB are asked for")) << status().reason;
  EXPECT_EQ(status().slices, 20u);
  EXPECT_TRUE(log_text().contains("others leave the drive no room"));
}

TEST_F(DriveCheckTest, NewDrivesOfOneFileSystemNeedRoomTogether) {
  disk.pretend_free(150 * kMiB);
  const auto problems = check_drives({{drive(0), 100 * kMiB}, {drive(1), 100 * kMiB}}, disk);
  ASSERT_EQ(problems.size(), 2u);
  for (const DriveProblem& problem : problems) {
    EXPECT_EQ(problem.kind, Kind::kMistake);
    EXPECT_TRUE(problem.text.contains("the 2 drives on its file system together: 200 MiB are asked for, 150 MiB"))
        << problem.text;
  }
  open({{{drive(0), 100 * kMiB}}});
  store.reset();
  const auto later = check_drives({{drive(0), 100 * kMiB}, {drive(1), 100 * kMiB}}, disk);
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].drive, 1u) << "the new one is the mistake";
}

TEST_F(DriveCheckTest, AllMistakesAreTold) {
  const auto problems = check_drives({{"relative", 1}, {"/", kDriveSize}, {drive(), kDriveSize}}, disk);
  std::string told;
  for (const DriveProblem& problem : problems) told += fmt::format("{}.{} ", problem.drive, problem.key);
  EXPECT_EQ(told, "0.path 0.size 1.path ");
}

TEST_F(DriveCheckTest, DrivesMustLieApart) {
  fs::create_directory(drive(0));
  fs::create_symlink(drive(0), folder / "link");
  const auto together = [&](const std::string& a, const std::string& b) {
    const auto problems = check_drives({{a, kDriveSize}, {b, kDriveSize}}, disk);
    return problems.empty() ? std::string() : problems.back().text;
  };
  EXPECT_EQ(together(drive(0), drive(1)), "");
  EXPECT_EQ(together(drive(1), drive(1) + "0"), "");
  EXPECT_TRUE(together(drive(0), drive(0) + "/").contains("same folder"));
  EXPECT_TRUE(together(drive(0), folder / "link").contains("same folder"));
  EXPECT_TRUE(together(drive(0), drive(0) + "/inner").contains("inside the other"));
  EXPECT_TRUE(together(drive(0) + "/inner", drive(0)).contains("inside the other"));
  EXPECT_TRUE(together(folder / "gone/x", folder / "gone/x/y").contains("inside the other")) << "by their names";
}

// --- folders that were drives before ---

class KnownDriveTest : public DriveCheckTest {
 protected:
  KnownDriveTest() {
    open(options_with_state());
    store.reset();
  }
  SliceStore::Options options_with_state() {
    SliceStore::Options options{{{drive(0), kDriveSize}, {drive(1), kDriveSize}}};
    options.state = state;
    return options;
  }
  // As if its file system were not mounted.
  void empty(unsigned number) {
    fs::remove_all(drive(number));
    fs::create_directory(drive(number));
  }

  const std::string state = folder / "state";
};

TEST_F(KnownDriveTest, IsNotBegunAnewWhenItsFolderIsEmpty) {
  EXPECT_TRUE(check_drives(options_with_state().drives, disk, state).empty());
  empty(1);
  const auto problems = check_drives(options_with_state().drives, disk, state);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].drive, 1u);
  EXPECT_EQ(problems[0].kind, Kind::kOut);
  EXPECT_TRUE(problems[0].text.contains("it was a drive of this node")) << problems[0].text;
  EXPECT_TRUE(problems[0].text.contains("larder-node drive begin " + drive(1))) << problems[0].text;
  open(options_with_state());
  EXPECT_EQ(status(0).state, "ok");
  EXPECT_EQ(status(1).state, "failed");
  store.reset();
  EXPECT_TRUE(fs::is_empty(drive(1)));
}

TEST_F(KnownDriveTest, IsNotMadeAnewWhenItsFolderIsNotThere) {
  fs::remove_all(drive(1));
  EXPECT_EQ(check_drives(options_with_state().drives, disk, state).size(), 1u);
}

TEST_F(KnownDriveTest, IsOutOfUseAndNoMistakeWhateverLiesWhereItWas) {
  for (const unsigned number : {0U, 1U}) {
    empty(number);
    support::write_file(drive(number) + "/photo.jpg", "x");
  }
  for (const DriveProblem& problem : check_drives(options_with_state().drives, disk, state)) {
    EXPECT_EQ(problem.kind, Kind::kOut) << problem.text;
  }
}

TEST_F(KnownDriveTest, IsBegunOnPurpose) {
  empty(1);
  const auto begun = begin_drive(drive(1), disk);
  ASSERT_TRUE(begun) << begun.error().text;
  EXPECT_EQ(begin_drive(drive(1), disk).error().code, Errc::kConflict) << "what it holds is not begun anew";
  open(options_with_state());
  EXPECT_EQ(status(1).state, "ok");
  store.reset();
  empty(1);
  const auto problems = check_drives(options_with_state().drives, disk, state);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems[0].text.contains(to_string(*begun))) << "the new one is known now: " << problems[0].text;
}

TEST_F(KnownDriveTest, OthersMayStillBeBegun) {
  SliceStore::Options options = options_with_state();
  options.drives.push_back({drive(2) + "/", kDriveSize});
  open(options);
  EXPECT_EQ(status(2).state, "ok");
  store.reset();
  empty(2);
  EXPECT_EQ(check_drives({{drive(2), kDriveSize}}, disk, state).size(), 1u) << "a slash makes no other drive of it";
}

// Nothing is begun while nobody can tell what was there, and what is there is used.
TEST_F(KnownDriveTest, ADamagedListKeepsNoDriveFromBeingUsed) {
  support::write_file(state + "/drives.json", "{\"format\": 1");
  EXPECT_TRUE(check_drives(options_with_state().drives, disk, state).empty());
  empty(1);
  const auto problems = check_drives(options_with_state().drives, disk, state);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, Kind::kOut);
  EXPECT_TRUE(problems[0].text.contains("drives.json is damaged")) << problems[0].text;
  open(options_with_state());
  EXPECT_TRUE(log_text().contains("the list of this node's drives cannot be kept"));
}

// As an earlier version may have begun below the mount point.
TEST_F(KnownDriveTest, AnotherDriveInItsPlaceIsUsedAndTold) {
  empty(1);
  ASSERT_TRUE(begin_drive(drive(1), disk));
  const auto problems = check_drives(options_with_state().drives, disk, state);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, Kind::kOther);
  open(options_with_state());
  EXPECT_EQ(status(1).state, "ok");
  EXPECT_TRUE(log_text().contains("another drive than before"));
  store.reset();
  EXPECT_TRUE(check_drives(options_with_state().drives, disk, state).empty()) << "it is noted now";
}

// What holds the list may be on a disk that is not mounted, too.
TEST_F(KnownDriveTest, NothingIsBegunWhereThatCannotBeNoted) {
  fs::create_directory(folder / "var");
  for (const std::string& bad : {folder / "missing/state", folder / "link", drive(0) + "/lock"}) {
    fs::remove(folder / "link");
    fs::create_symlink(folder / "nowhere", folder / "link");
    SliceStore::Options options = options_with_state();
    options.state = bad;
    options.drives.push_back({drive(2), kDriveSize});
    const auto problems = check_drives(options.drives, disk, bad);
    ASSERT_EQ(problems.size(), 1u) << bad;
    EXPECT_EQ(problems[0].drive, 2u);
    EXPECT_EQ(problems[0].kind, Kind::kOut);
    open(options);
    EXPECT_EQ(status(0).state, "ok");
    EXPECT_EQ(status(2).state, "failed");
    EXPECT_FALSE(fs::exists(drive(2)));
  }
  // The check finds nothing: the disk is full only when it is written to.
  disk.fail(support::FaultyDisk::Operation::kRename, "drives.json", ENOSPC);
  SliceStore::Options options = options_with_state();
  options.drives.push_back({drive(2), kDriveSize});
  EXPECT_TRUE(check_drives(options.drives, disk, state).empty());
  open(options);
  EXPECT_EQ(status(2).state, "failed");
  EXPECT_FALSE(fs::exists(drive(2)));
}

TEST(BeginDrive, SaysWhatKeepsAFolderFromBeingOne) {
  SystemDisk disk;
  const support::TempDir folder;
  EXPECT_EQ(begin_drive(folder / "missing", disk).error().code, Errc::kNotFound);
  support::write_file(folder / "photo.jpg", "x");
  EXPECT_TRUE(begin_drive(folder.path(), disk).error().text.contains("photo.jpg"));
  EXPECT_EQ(begin_drive("relative", disk).error().code, Errc::kInvalid);
}

}  // namespace
}  // namespace larder::storage
