// Drives that fail or fill up while the node runs: no client notices, operators do.
#include <fcntl.h>
#include <stdio.h>

#include <boost/json/serialize.hpp>

#include "node_test.h"

namespace larder::integration {
namespace {

constexpr std::uint64_t kSize = 48 * kMiB;
constexpr std::uint64_t kSeed = 66;
const std::string kPath = "/n/object.bin";

class DriveFailure : public NodeTest {
 protected:
  DriveFailure() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().drives = {{"one", "256MiB"}, {"two", "256MiB"}};
    node_.config().segment_size = "4MiB";
  }

  std::string status_text() { return boost::json::serialize(node_.status_document()); }
  /// No file can be made in its folder any more: a file stands in its place. At once, as the node goes on making some.
  void break_drive(std::size_t number) {
    const std::string other = node_.drive_path(number) + ".aside";
    write_file(other, "a file where a folder was");
    const std::string drive = node_.drive_path(number);
    ASSERT_EQ(::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, drive.c_str(), RENAME_EXCHANGE), 0);
  }
};

TEST_F(DriveFailure, OneOfTwoIsTakenOutAndTheOtherGoesOn) {
  allow_refetch(kSize);  // what the broken drive had of each object
  node_.start();
  expect_whole(kPath, kSeed, kSize / 1);
  break_drive(0);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::string path = "/n/" + std::to_string(i);
    origin_.put(path, {.seed = i, .size = kSize});
    expect_whole(path, i, kSize);
  }
  expect_whole(kPath, kSeed, kSize);
  EXPECT_TRUE(eventually([&] { return status_text().contains("failed"); })) << status_text();
  EXPECT_TRUE(node_.wait_for_log(node_.drive_path(0)));
  EXPECT_EQ(fetch(node_.status(), "/healthz").status, 200);
}

TEST_F(DriveFailure, WithNoneLeftItServesStraightThrough) {
  allow_refetch(Auditor::kNoLimit);
  node_.start();
  break_drive(0);
  break_drive(1);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::string path = "/n/" + std::to_string(i);
    origin_.put(path, {.seed = i, .size = kSize});
    expect_whole(path, i, kSize);
    expect_whole(path, i, kSize);
  }
  EXPECT_TRUE(node_.is_running());
}

}  // namespace
}  // namespace larder::integration
