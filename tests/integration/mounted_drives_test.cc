// Drives on file systems of their own: not there, not mounted, full, read-only, failing, back again. Each state is told
// in words by the status, the metrics, /healthz, the log and --check, and no client notices.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <functional>
#include <ostream>
#include <thread>
#include <vector>

#include "node_test.h"
#include "support/file_system.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileSystemSize = 160 * kMiB;
constexpr std::uint64_t kObjectSize = 4 * kMiB + 17;
constexpr std::uint64_t kEnough = 24;       // slices and descriptions on the disk: some segments of them
constexpr std::uint64_t kLastSegment = 12;  // of those at most in the one that is being written
constexpr std::uint64_t kBusySeed = 1'000'000;
const std::string kBusyPath = "/m/busy";

// MountedDrive: a node with a drive in a folder, and one on a disk: a file system that is mounted beside it.
class MountedDrive : public NodeTest {
 protected:
  using Kind = FileSystem::Kind;

  static void SetUpTestSuite() { own_mounts(); }  // before there are threads

  MountedDrive() {
    fs::create_directory(mount_point());
    node_.config().segment_size = "4MiB";
    node_.config().drives = {{"other", "256MiB"}, {"disk", "128MiB"}};
    node_.config().tables = "[node]\nstate = \"" + (node_.folder() / "state") + "\"\n";
    origin_.put(kBusyPath, {.seed = kBusySeed, .size = kObjectSize});
    allow_refetch(Auditor::kNoLimit);  // what a drive has that is away
  }

  void SetUp() override {
    if (!own_mounts().empty()) GTEST_SKIP() << "no file system can be mounted here: " << own_mounts();
    fs::create_directory(node_.drive_path(0));
    other_.emplace(Kind::kTmpfs, 300 * kMiB);  // and no disk that others keep busy
    other_->mount_at(node_.drive_path(0));
  }

  std::string mount_point() const { return node_.folder() / "disk"; }
  void insert_disk(Kind kind) {
    if (!FileSystem::trouble(kind).empty()) GTEST_SKIP() << FileSystem::trouble(kind);
    disk_.emplace(kind, kFileSystemSize);
    disk_->mount_at(mount_point());
  }

  // --- what is stored ---

  static std::string path(std::uint64_t number) { return "/m/" + std::to_string(number); }
  void store_another() {
    origin_.put(path(objects_), {.seed = objects_, .size = kObjectSize});
    expect_whole(path(objects_), objects_, kObjectSize);
    ++objects_;
  }
  boost::json::value drive() const { return node_.status_document().at("drives").at(1); }
  std::uint64_t slices() const { return drive().at("slices").to_number<std::uint64_t>(); }
  std::string state() const { return std::string(drive().at("state").as_string()); }
  /// Until the disk has some segments, and nothing waits to be written.
  void store_some() {
    while (slices() < kEnough && !HasFatalFailure()) {
      store_another();
      ASSERT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_slices") == 6.0 * objects_; }))
          << "five slices and a description each";
    }
  }
  /// The disk is `wanted` at some time, as more and more is stored.
  void store_until(const std::string& wanted) {
    ASSERT_TRUE(eventually([&] {
      store_another();
      return state() == wanted;
    })) << wanted
        << " instead of " << state();
  }
  /// The first `count` objects are there, wherever they are stored, but for `lost` slices: the origin sends nothing
  /// else.
  void expect_stored(std::uint64_t count, std::uint64_t lost = 0) {
    origin_.forget_requests();
    for (std::uint64_t number = 0; number < count; ++number) expect_whole(path(number), number, kObjectSize);
    EXPECT_LE(slices_of(origin_.requests()).size(), lost);
  }

  // --- what is told ---

  using Reasons = std::vector<std::string>;  // one of them is told
  static bool contains_one(const std::string& text, const Reasons& reasons) {
    return std::ranges::any_of(reasons, [&](const std::string& reason) { return text.contains(reason); });
  }

  std::string health() { return fetch(node_.status(), "/healthz").body; }
  double metric(const std::string& name) const {
    return node_.metrics().at(name + "{drive=\"" + node_.drive_path(1) + "\"}");
  }
  void start() {
    log_begin_ = node_.log_lines().size();
    node_.start();
  }
  /// Since the last start.
  bool log_tells(const std::string& event, const Reasons& reasons) {
    return eventually([&] {
      const auto lines = node_.log_lines();
      return std::any_of(lines.begin() + static_cast<std::ptrdiff_t>(log_begin_), lines.end(), [&](const auto& line) {
        const std::string text = boost::json::serialize(line);
        return text.contains(event) && contains_one(text, reasons) && text.contains(node_.drive_path(1));
      });
    });
  }
  void expect_ok() {
    EXPECT_EQ(state(), "ok") << drive();
    EXPECT_EQ(health(), "ok\n");
    EXPECT_EQ(metric("larder_drive_up"), 1);
    EXPECT_EQ(metric("larder_drive_no_room"), 0);
    const ProgramResult checked = node_.check();
    EXPECT_EQ(checked.exit_code, 0);
    EXPECT_FALSE(checked.output.contains("drive[1]")) << checked.output;
  }
  void expect_told(const std::string& is, const std::string& says, const Reasons& reasons) {
    EXPECT_TRUE(contains_one(std::string(drive().at("reason").as_string()), reasons)) << drive();
    const std::string text = health();
    EXPECT_TRUE(text.starts_with("degraded\ndrive " + node_.drive_path(1) + says)) << text;
    EXPECT_TRUE(contains_one(text, reasons)) << text;
    EXPECT_EQ(metric("larder_drive_up"), is == "failed" ? 0 : 1);
    EXPECT_EQ(metric("larder_drive_no_room"), is == "no_room" ? 1 : 0);
    EXPECT_EQ(node_.metrics().at("larder_drive_up{drive=\"" + node_.drive_path(0) + "\"}"), 1);
  }
  void expect_failed(const Reasons& reasons) {
    EXPECT_EQ(state(), "failed") << drive();
    expect_told("failed", " is out of use: ", reasons);
    EXPECT_TRUE(log_tells("drive failed and is out of use until the next start", reasons));
  }
  void expect_no_room(const std::string& reason) {
    EXPECT_EQ(state(), "no_room") << drive();
    expect_told("no_room", " has no room: ", {reason});
    EXPECT_TRUE(log_tells("others leave the drive no room up to its size", {reason}));
  }
  /// What --check says of the disk as it is now.
  void expect_check(const std::string& reason) {
    const ProgramResult checked = node_.check();
    EXPECT_EQ(checked.exit_code, 0) << "or the unit would not start it";
    EXPECT_TRUE(checked.output.contains(": drive[1].")) << checked.output;
    EXPECT_TRUE(checked.output.contains(": drive " + node_.drive_path(1) + ": ")) << checked.output;
    EXPECT_TRUE(checked.output.contains(reason)) << checked.output;
    EXPECT_TRUE(checked.output.contains("the node starts in spite of")) << checked.output;
  }

  // --- what happens ---

  /// A client that asks on and on as long as this lives, and gets the right bytes.
  std::jthread steady_client() {
    return std::jthread([this](const std::stop_token& stop) {
      HttpClient client = connect();
      for (std::uint64_t at = 0; !stop.stop_requested(); at = (at + 100'003) % (kObjectSize - 200'000)) {
        expect_range(client, kBusyPath, kBusySeed, at, at + 200'000);
      }
    });
  }

  /// Something is done to the disk while the node is stopped, told after the start, and undone.
  struct Trouble {
    std::function<void()> begin;
    std::function<void()> end;
    Reasons reasons;
    std::uint64_t loses = 0;  // slices, at most: those of the segment that is being written
  };
  void expect_out_of_use_at_the_start(const Trouble& trouble) {
    start();
    store_some();
    expect_ok();
    EXPECT_EQ(node_.stop(), 0);
    const std::uint64_t stored_before = objects_;

    trouble.begin();
    expect_check(trouble.reasons.front());
    start();
    expect_failed(trouble.reasons);
    {
      const std::jthread client = steady_client();
      for (int i = 0; i < 4; ++i) store_another();
      trouble.end();
      store_another();
      expect_failed(trouble.reasons);  // until the next start, as is documented
    }
    EXPECT_EQ(node_.stop(), 0);
    start();
    expect_ok();
    expect_stored(stored_before);
  }
  /// The same to a disk in use, which is told as soon as something more is to be stored there.
  void expect_failure_in_use(const Trouble& trouble, const std::string& check_says) {
    start();
    store_some();
    const std::uint64_t stored_before = objects_;
    {
      const std::jthread client = steady_client();
      store_another();
      trouble.begin();
      store_until("failed");
      expect_failed(trouble.reasons);
      expect_check(check_says);
    }
    EXPECT_EQ(node_.stop(), 0);
    trouble.end();
    start();
    expect_ok();
    EXPECT_GE(slices() + trouble.loses, kEnough) << "all that was written in time is found";
    expect_stored(stored_before, trouble.loses);
  }

  std::uint64_t objects_ = 0;
  std::size_t log_begin_ = 0;  // lines of earlier starts
  std::optional<FileSystem> other_;
  std::optional<FileSystem> disk_;
};

class MountedDriveOf : public MountedDrive, public testing::WithParamInterface<FileSystem::Kind> {
 protected:
  void SetUp() override {
    MountedDrive::SetUp();
    if (!IsSkipped()) insert_disk(GetParam());
  }
};

// --- at the start ---

TEST_P(MountedDriveOf, IsOutOfUseWhileItIsNotMounted) {
  expect_out_of_use_at_the_start({.begin = [&] { unmount_lazily(mount_point()); },
                                  .end =
                                      [&] {
                                        EXPECT_TRUE(fs::is_empty(mount_point())) << "nothing is stored in its place";
                                        disk_->mount_at(mount_point());
                                      },
                                  .reasons = {"it was a drive of this node, and is none now; mount its file system"}});
}

TEST_P(MountedDriveOf, IsOutOfUseWhileItIsNotThere) {
  node_.config().tables.clear();  // also without a list of drives: its folder lies below what is not mounted
  node_.config().drives[1].path = "disk/larder/1";
  fs::create_directory(disk_->root() + "/larder");
  expect_out_of_use_at_the_start({.begin = [&] { unmount_lazily(mount_point()); },
                                  .end = [&] { disk_->mount_at(mount_point()); },
                                  .reasons = {"neither it nor the folder above it is there; mount its file system"}});
}

TEST_P(MountedDriveOf, IsOutOfUseWhileItIsReadOnly) {
  expect_out_of_use_at_the_start({.begin = [&] { set_read_only(mount_point(), true); },
                                  .end = [&] { set_read_only(mount_point(), false); },
                                  .reasons = {"is on a read-only file system"}});
}

TEST_P(MountedDriveOf, ThatIsFullAtTheStartIsUsedAsFarAsThereIsRoom) {
  start();
  store_some();
  EXPECT_EQ(node_.stop(), 0);
  disk_->fill();
  expect_check("128 MiB are asked for, ");
  start();
  expect_no_room("it holds less until there is room");
  expect_stored(objects_);
  const std::jthread client = steady_client();
  for (int i = 0; i < 4; ++i) store_another();
  EXPECT_EQ(state(), "no_room");
  disk_->unfill();
  store_until("ok");
  expect_ok();
  EXPECT_TRUE(log_tells("there is room for the drive again", {""}));
}

TEST_P(MountedDriveOf, ThatWasNeverBegunIsOutOfUseWhileItIsFull) {
  node_.config().drives[1].path = "disk/larder";
  const auto drives = node_.config().drives;
  node_.config().drives.pop_back();
  node_.start();
  EXPECT_EQ(node_.stop(), 0);
  disk_->fill();
  node_.config().drives = drives;
  expect_check("128 MiB are asked for, 0 B are free; give a smaller size or make room");
  start();
  expect_failed({"128 MiB are asked for, 0 B are free; give a smaller size or make room"});
  {
    const std::jthread client = steady_client();
    store_another();
  }
  EXPECT_EQ(node_.stop(), 0);
  disk_->unfill();
  start();
  expect_ok();
}

// --- in use ---

TEST_P(MountedDriveOf, ThatOthersFillIsUsedAsFarAsThereIsRoom) {
  start();
  store_some();
  const std::jthread client = steady_client();
  disk_->fill();
  store_until("no_room");
  expect_no_room("No space left on device");
  expect_check("it holds less until there is room");
  disk_->unfill();
  store_until("ok");
  expect_ok();
  EXPECT_TRUE(log_tells("there is room for the drive again", {""}));
}

TEST_P(MountedDriveOf, FailsWhenItIsRemountedReadOnly) {
  // While files are open for writing the kernel refuses that of a mount: another one is put over it.
  expect_failure_in_use({.begin =
                             [&] {
                               disk_->mount_at(mount_point());
                               set_read_only(mount_point(), true);
                             },
                         .end = [&] { unmount_lazily(mount_point()); },
                         .reasons = {"Read-only file system"}},
                        "is on a read-only file system");
}

TEST_P(MountedDriveOf, FailsWhenItIsUnmountedLazily) {
  expect_failure_in_use({.begin = [&] { unmount_lazily(mount_point()); },
                         .end =
                             [&] {
                               EXPECT_TRUE(fs::is_empty(mount_point())) << "nothing is stored in its place";
                               disk_->mount_at(mount_point());
                             },
                         .reasons = {"is its file system still mounted?"}},
                        "it was a drive of this node, and is none now; mount its file system");
}

INSTANTIATE_TEST_SUITE_P(All, MountedDriveOf, testing::Values(FileSystem::Kind::kTmpfs, FileSystem::Kind::kExt4),
                         [](const auto& test) { return test.param == FileSystem::Kind::kTmpfs ? "tmpfs" : "ext4"; });

// What lies below its mount point may be a drive too, of a start at which the disk was not mounted.
TEST_F(MountedDrive, StoresNothingInTheDriveBelowAfterItWasUnmountedLazily) {
  const ProgramResult begun = run_program({LARDER_NODE_PROGRAM, "drive", "begin", mount_point()});
  ASSERT_EQ(begun.exit_code, 0) << begun.output;
  insert_disk(Kind::kTmpfs);
  expect_failure_in_use({.begin = [&] { unmount_lazily(mount_point()); },
                         .end =
                             [&] {
                               EXPECT_TRUE(fs::is_empty(mount_point() + "/segments"));
                               disk_->mount_at(mount_point());
                             },
                         .reasons = {"is its file system still mounted?"}},
                        "is the right file system mounted?");
}

TEST_F(MountedDrive, WhoseFileSystemIsMadeSmallerIsUsedAsFarAsThereIsRoom) {
  insert_disk(Kind::kTmpfs);
  start();
  store_some();
  const std::jthread client = steady_client();
  disk_->resize(kFileSystemSize - disk_->free() + kMiB);
  store_until("no_room");
  expect_no_room("No space left on device");
  expect_check("it holds less until there is room");
  disk_->resize(kFileSystemSize);
  store_until("ok");
  expect_ok();
}

// Writing back ends with an I/O error, all else with "Read-only file system": one of the two comes first.
TEST_F(MountedDrive, FailsWhenItsFileSystemFindsItselfDamaged) {
  insert_disk(Kind::kExt4);
  if (IsSkipped()) return;
  const FileSystem another(Kind::kExt4, 16 * kMiB);
  if (!another.find_damage()) GTEST_SKIP() << "/sys does not let us trigger an error of ext4";
  expect_failure_in_use({.begin = [&] { EXPECT_TRUE(disk_->find_damage()); },
                         .end =
                             [&] {
                               unmount_lazily(mount_point());
                               disk_->mount_again();
                               disk_->mount_at(mount_point());
                             },
                         .reasons = {"Read-only file system", "Input/output error"},
                         .loses = kLastSegment},
                        "is on a read-only file system");
}

TEST_F(MountedDrive, IsOutOfUseIfItHangsAtTheStart) {
  insert_disk(Kind::kExt4);
  if (IsSkipped()) return;
  expect_out_of_use_at_the_start(
      {.begin = [&] { disk_->hang(); }, .end = [&] { disk_->let_go(); }, .reasons = {"its disk does not answer"}});
}

TEST_F(MountedDrive, ThatHangsInUseIsToldAndUsedAgain) {
  insert_disk(Kind::kExt4);
  if (IsSkipped()) return;
  start();
  store_some();
  const std::jthread client = steady_client();
  disk_->hang();
  store_until("hangs");
  expect_told("hangs", " hangs: ", {"nothing is stored on it as long as that lasts"});
  EXPECT_EQ(metric("larder_drive_hangs"), 1);
  EXPECT_TRUE(log_tells("drive hangs", {""}));
  disk_->let_go();
  store_until("ok");
  expect_ok();
  EXPECT_EQ(metric("larder_drive_hangs"), 0);
  EXPECT_TRUE(log_tells("drive answers again", {""}));
}

TEST_F(MountedDrive, FailsWhenItsDeviceIsGone) {
  insert_disk(Kind::kExt4);
  if (IsSkipped()) return;
  expect_failure_in_use({.begin = [&] { disk_->shut_down(); },
                         .end =
                             [&] {
                               unmount_lazily(mount_point());
                               disk_->mount_again();
                               disk_->mount_at(mount_point());
                             },
                         .reasons = {"Input/output error"},
                         .loses = kLastSegment},
                        "Input/output error");
}

}  // namespace
}  // namespace larder::integration
