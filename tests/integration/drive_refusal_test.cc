// Paths that cannot be a drive: --check and start both name the drive and the reason, and touch nothing.
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <ostream>

#include "node_test.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;

struct Refused {
  std::string name;
  std::string path;  // "%" stands for the test's folder
  std::string size = "1GiB";
};

// How GoogleTest names it in a failure.
void PrintTo(const Refused& value, std::ostream* out) { *out << value.name; }

const std::vector<Refused>& refused() {
  static const std::vector<Refused> all = {
      {"root", "/"},
      {"dot", "."},
      {"dot_and_name", "./var"},
      {"empty", ""},
      {"relative", "var/larder"},
      {"up_to_root", "/tmp/.."},
      {"a_file", "%/file"},
      {"below_a_file", "%/file/drive"},
      {"foreign_files", "%/foreign"},
      {"not_writable", "/proc/larder"},
      {"not_a_place_for_files", "/sys/kernel"},
      {"smaller_than_asked", "%/fresh", "4000TiB"},
      {"too_small_to_be_of_use", "%/fresh", "1kB"},
      {"size_is_no_size", "%/fresh", "much"},
  };
  return all;
}

class RefusedDrive : public NodeTest, public testing::WithParamInterface<Refused> {
 protected:
  RefusedDrive() {
    write_file(folder_ / "file", "text");
    fs::create_directory(folder_ / "foreign");
    write_file(folder_ / "foreign/letter.txt", "not ours");
    ::chmod((folder_ / "foreign").c_str(), 0750);
    path_ = GetParam().path;
    if (path_.starts_with('%')) path_ = folder_.path() + path_.substr(1);
    write_config(path_, GetParam().size);
  }

  // Not through Node, which makes relative paths absolute.
  void write_config(const std::string& path, const std::string& size) {
    write_file(folder_ / "larder.toml",
               "[listen]\nhttp = [\"127.0.0.1:0\"]\nstatus = \"127.0.0.1:0\"\n[[drive]]\npath = \"" + path +
                   "\"\nsize = \"" + size + "\"\n");
  }

  void expect_refusal(const ProgramResult& result) {
    EXPECT_GT(result.exit_code, 0);
    EXPECT_LT(result.exit_code, 128) << "it crashed:\n" << result.output;
    EXPECT_TRUE(result.output.contains("drive")) << result.output;
    if (!path_.empty()) {
      EXPECT_TRUE(result.output.contains(path_) || result.output.contains("size")) << result.output;
    }
    EXPECT_GE(result.output.size(), path_.size() + 20) << "no reason: " << result.output;
  }

  TempDir folder_;
  std::string path_;
};

mode_t mode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode : 0;
}

TEST_P(RefusedDrive, IsNamedWithTheReasonByCheckAndStart) {
  const auto modes = [&] {
    return std::vector{mode_of("/"), mode_of(folder_.path()), mode_of(folder_ / "foreign"), mode_of(folder_ / "file")};
  };
  const auto before = modes();

  expect_refusal(run_program({LARDER_NODE_PROGRAM, "--check", "--config", folder_ / "larder.toml"}));
  expect_refusal(
      run_program({LARDER_NODE_PROGRAM, "--config", folder_ / "larder.toml", "--ports-file", folder_ / "p"}));

  EXPECT_EQ(modes(), before);
  EXPECT_FALSE(fs::exists(folder_ / "p")) << "it listened";
  EXPECT_EQ(read_file(folder_ / "foreign/letter.txt"), "not ours");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "foreign"), fs::directory_iterator()), 1);
}

INSTANTIATE_TEST_SUITE_P(All, RefusedDrive, testing::ValuesIn(refused()),
                         [](const auto& test) { return test.param.name; });

TEST_F(NodeTest, CheckAcceptsAGoodConfig) {
  const ProgramResult result = node_.check();
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(NodeTest, NothingOfADriveIsOpenToEverybody) {
  node_.start();
  origin_.put("/a", {.seed = 1, .size = 3 * kMiB});
  expect_whole("/a", 1, 3 * kMiB);
  EXPECT_EQ(node_.stop(), 0);
  for (const auto& entry : fs::recursive_directory_iterator(node_.drive_path())) {
    EXPECT_EQ(mode_of(entry.path()) & 0007 & ~0005, 0u) << entry.path();
  }
  EXPECT_EQ(mode_of(node_.drive_path()) & 0002, 0u);
}

TEST_F(NodeTest, TheSameDriveTwiceIsRefused) {
  node_.config().drives = {{"drive", "1GiB"}, {"drive", "1GiB"}};
  const ProgramResult result = node_.check();
  EXPECT_NE(result.exit_code, 0);
  EXPECT_TRUE(result.output.contains(node_.drive_path())) << result.output;
}

TEST_F(NodeTest, ADriveInUseByAnotherNodeIsRefused) {
  node_.start();
  Node other(LARDER_NODE_PROGRAM, config());
  other.config().drives = {{node_.drive_path(), "1GiB"}};
  other.launch();
  EXPECT_TRUE(eventually([&] { return !other.is_running(); }));
  EXPECT_TRUE(other.program_output().contains(node_.drive_path()) || other.wait_for_log(node_.drive_path()))
      << other.program_output();
}

TEST_F(NodeTest, AConfigWithMistakesIsRefusedByKeyAndLine) {
  node_.config().tables = "[no_such_table]\nkey = 1\n";
  const ProgramResult result = node_.check();
  EXPECT_NE(result.exit_code, 0);
  EXPECT_TRUE(result.output.contains("no_such_table")) << result.output;
}

}  // namespace
}  // namespace larder::integration
