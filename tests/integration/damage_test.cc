// Segment files that were damaged while the node was stopped, or while it runs: it serves right bytes, fetches again
// what it lost, and says what it dropped.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "node_test.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSize = 48 * kMiB;
constexpr std::uint64_t kSeed = 81;
constexpr double kSlices = static_cast<double>(kSize) / kSlice;
const std::string kPath = "/g/48MiB.bin";

void flip_bit(const fs::path& file, std::uint64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  const char byte = static_cast<char>(stream.get() ^ 0x04);
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.put(byte);
}

struct Damage {
  std::string name;
  std::function<void(const fs::path&)> apply;
  bool is_logged = true;  // false: nothing is left that could tell
};

// How GoogleTest names it in a failure.
void PrintTo(const Damage& value, std::ostream* out) { *out << value.name; }

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all = {
      {"cut_in_half", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }},
      {"cut_by_a_byte", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) - 1); }},
      {"emptied", [](const fs::path& file) { fs::resize_file(file, 0); }},
      {"cut_to_a_few_bytes", [](const fs::path& file) { fs::resize_file(file, 7); }},
      {"longer_than_it_was", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) + 4096); }, false},
      {"bit_flipped_in_the_first_byte", [](const fs::path& file) { flip_bit(file, 0); }},
      {"bits_flipped_in_the_slices",
       [](const fs::path& file) {
         for (std::uint64_t at = 100'000; at < fs::file_size(file) - 100'000; at += kSlice) flip_bit(file, at);
       }},
      {"bits_flipped_near_the_end",
       [](const fs::path& file) {
         for (std::uint64_t back = 1; back < 400; back += 40) flip_bit(file, fs::file_size(file) - back);
       },
       false},
      {"overwritten_with_zeros",
       [](const fs::path& file) {
         const auto size = fs::file_size(file);
         fs::resize_file(file, 0);
         fs::resize_file(file, size);
       }},
      {"deleted", [](const fs::path& file) { fs::remove(file); }, false},
      {"replaced_by_a_folder",
       [](const fs::path& file) {
         fs::remove(file);
         fs::create_directory(file);
       }},
      {"replaced_by_a_dangling_link",
       [](const fs::path& file) {
         fs::remove(file);
         fs::create_symlink("/nowhere/at/all", file);
       }},
      {"unreadable", [](const fs::path& file) { ::chmod(file.c_str(), 0); }, ::geteuid() != 0},
  };
  return all;
}

std::vector<fs::path> segments_in(const std::string& drive) {
  std::vector<fs::path> segments;
  for (const auto& entry : fs::recursive_directory_iterator(drive)) {
    if (entry.is_regular_file() && entry.file_size() >= kSlice) segments.push_back(entry.path());
  }
  std::ranges::sort(segments);
  return segments;
}

class DamagedSegment : public NodeTest, public testing::WithParamInterface<Damage> {
 protected:
  DamagedSegment() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().drives = {{"drive", "1GiB"}};
    node_.start();
    expect_whole(kPath, kSeed, kSize);
    EXPECT_EQ(node_.stop(), 0);
    origin_.forget_requests();
    allow_refetch(kSize * 2 / 3);
  }
};

TEST_P(DamagedSegment, IsDroppedAndFetchedAgain) {
  const auto segments = segments_in(node_.drive_path());
  ASSERT_GE(segments.size(), 3u);
  const fs::path& damaged = segments[1];
  GetParam().apply(damaged);

  node_.start();
  expect_whole(kPath, kSeed, kSize);
  const auto fetched = slices_of(origin_.requests(kPath));
  EXPECT_LT(fetched.size(), kSize / kSlice * 2 / 3) << "the other segments are whole";
  if (GetParam().is_logged) {
    EXPECT_TRUE(node_.wait_for_log(damaged.filename().string()));
  }

  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(slices_of(origin_.requests(kPath)).size(), fetched.size()) << "what was fetched again was not kept";
  EXPECT_EQ(node_.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, DamagedSegment, testing::ValuesIn(damages()),
                         [](const auto& test) { return test.param.name; });

// Bits flip on the device: in every slice of the drive one, and the page cache knows none of it any more. False: it
// does, as on a file system in memory.
bool rot(const std::string& drive) {
  bool forgotten = true;
  for (const fs::path& segment : segments_in(drive)) {
    for (std::uint64_t at = kSlice / 2; at < fs::file_size(segment); at += kSlice) flip_bit(segment, at);
    const int file = ::open(segment.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(::fsync(file), 0);
    EXPECT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
    char byte = 0;
    const iovec into{&byte, 1};
    forgotten &= ::preadv2(file, &into, 1, 0, RWF_NOWAIT) < 0;
    ::close(file);
  }
  return forgotten;
}

class Rot : public NodeTest {
 protected:
  Rot() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().drives = {{"drive", "1GiB"}};
    allow_refetch(kSize);  // all of it rots, once
  }

  // Every slice is stored, and none was sent whole: what was a moment ago is not looked for again (cache/hot_slices.h).
  void fill() {
    node_.start();
    HttpClient client = connect();
    for (std::uint64_t at = 0; at < kSize; at += kSlice) expect_range(client, kPath, kSeed, at + 5, at + 6);
    EXPECT_TRUE(eventually([&] { return sum_of(node_.metrics(), "larder_drive_slices") >= kSlices; }));
    origin_.forget_requests();
  }
};

TEST_F(Rot, WhileTheNodeRunsIsNotServed) {
  node_.config().scrub_rate = "off";
  fill();
  if (!rot(node_.drive_path())) GTEST_SKIP() << "the page cache of this file system cannot be emptied";

  expect_whole(kPath, kSeed, kSize);
  EXPECT_GE(slices_of(origin_.requests(kPath)).size(), kSize / kSlice / 2);
  EXPECT_GE(sum_of(node_.metrics(), "larder_drive_corrupt_slices_total"), kSlices / 2);
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(Rot, IsFoundByTheScrubberBeforeAnybodyAsks) {
  node_.config().scrub_rate = "off";  // a walk that had begun would not come back to what rots behind it
  fill();
  EXPECT_EQ(node_.stop(), 0);
  rot(node_.drive_path());
  node_.config().scrub_rate = "10GiB/s";
  node_.start();
  EXPECT_TRUE(eventually([&] {
    return sum_of(node_.metrics(), "larder_drive_scrub_last_end_seconds") > 0 &&
           sum_of(node_.metrics(), "larder_drive_scrub_bad_slices_total") >= kSlices / 2;
  })) << "ended at "
      << sum_of(node_.metrics(), "larder_drive_scrub_last_end_seconds") << ", bad "
      << sum_of(node_.metrics(), "larder_drive_scrub_bad_slices_total") << ", of "
      << sum_of(node_.metrics(), "larder_drive_slices");
  EXPECT_EQ(sum_of(node_.metrics(), "larder_drive_scrub_percent"), 100);
  EXPECT_TRUE(node_.wait_for_log("corrupt slice dropped"));
  expect_whole(kPath, kSeed, kSize);
}

TEST_F(NodeTest, StartsWithEverySegmentDamaged) {
  origin_.put(kPath, {.seed = kSeed, .size = kSize});
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(node_.stop(), 0);
  allow_refetch(kSize);
  for (const fs::path& segment : segments_in(node_.drive_path())) {
    for (std::uint64_t at = 0; at < fs::file_size(segment); at += 4099) flip_bit(segment, at);
  }
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(node_.stop(), 0);
}

TEST_F(NodeTest, KeepsWhatItHadOverAnOrderlyRestart) {
  origin_.put(kPath, {.seed = kSeed, .size = kSize});
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(node_.stop(), 0);
  const std::uint64_t sent = origin_.body_bytes_sent();
  node_.start();
  expect_whole(kPath, kSeed, kSize);
  EXPECT_EQ(origin_.body_bytes_sent(), sent);
}

}  // namespace
}  // namespace larder::integration
