// Starts: a drive that cannot be used keeps no node from starting, and --check says what a start would.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <ostream>

#include "node_test.h"

namespace larder::integration {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSize = 6 * kMiB;
constexpr std::uint64_t kSeed = 91;
const std::string kPath = "/s/object.bin";

class DriveAtTheStart : public NodeTest {
 protected:
  DriveAtTheStart() {
    origin_.put(kPath, {.seed = kSeed, .size = kSize});
    node_.config().segment_size = "4MiB";
  }

  std::string health() { return fetch(node_.status(), "/healthz").body; }

  // The node says of the second drive why it is out of use, wherever somebody looks, and works with the first.
  void expect_out_of_use(const std::string& reason) {
    const ProgramResult checked = node_.check();
    EXPECT_EQ(checked.exit_code, 0) << "or the unit would not start it";
    EXPECT_TRUE(checked.output.contains(": drive[1].path: drive " + node_.drive_path(1))) << checked.output;
    EXPECT_TRUE(checked.output.contains(reason)) << checked.output;
    EXPECT_TRUE(checked.output.contains("the node starts in spite of")) << checked.output;
    node_.start();
    EXPECT_TRUE(node_.wait_for_log(reason));
    EXPECT_TRUE(health().starts_with("degraded\ndrive " + node_.drive_path(1) + " is out of use: ")) << health();
    EXPECT_TRUE(health().contains(reason)) << health();
    const boost::json::value status = node_.status_document();
    EXPECT_EQ(status.at("drives").at(0).at("state").as_string(), "ok");
    EXPECT_EQ(status.at("drives").at(1).at("state").as_string(), "failed");
    EXPECT_EQ(node_.metrics()[R"(larder_drive_up{drive=")" + node_.drive_path(1) + "\"}"], 0);
    EXPECT_EQ(node_.metrics()[R"(larder_drive_up{drive=")" + node_.drive_path(0) + "\"}"], 1);
    expect_whole(kPath, kSeed, kSize);
    expect_whole(kPath, kSeed, kSize);
    EXPECT_EQ(origin_.requests().size(), 1u) << "the other one stores";
  }
  void expect_back() {
    EXPECT_EQ(node_.stop(), 0);
    node_.start();
    EXPECT_EQ(health(), "ok\n");
  }
};

TEST_F(DriveAtTheStart, IsOutOfUseWhileItsFileSystemIsNotMounted) {
  node_.config().drives = {{"drive", "256MiB"}, {"disk/drive", "256MiB"}};
  expect_out_of_use("mount its file system");
  EXPECT_FALSE(fs::exists(node_.folder() / "disk")) << "nothing is made in its place";
  fs::create_directory(node_.folder() / "disk");
  expect_back();
}

TEST_F(DriveAtTheStart, IsOutOfUseWhileItIsALinkToWhatIsNotMounted) {
  node_.config().drives = {{"drive", "256MiB"}, {"link", "256MiB"}};
  fs::create_symlink(node_.folder() / "disk/drive", node_.folder() / "link");
  expect_out_of_use("cannot resolve");
  fs::create_directories(node_.folder() / "disk/drive");
  expect_back();
}

TEST_F(DriveAtTheStart, IsOutOfUseWhenItsIdentityIsDamagedAndNotBegunAnew) {
  node_.config().drives = {{"drive", "256MiB"}, {"other", "256MiB"}};
  node_.start();
  EXPECT_EQ(node_.stop(), 0);
  const std::string file = node_.drive_path(1) + "/larder-drive";
  const std::string before = read_file(file);
  write_file(file, "rot");
  expect_out_of_use("damaged or of another version");
  EXPECT_EQ(read_file(file), "rot");
  write_file(file, before);
  expect_back();
}

TEST_F(DriveAtTheStart, IsNotBegunAnewWhereItWasBefore) {
  node_.config().drives = {{"drive", "256MiB"}, {"other", "256MiB"}};
  node_.config().tables = "[node]\nstate = \"" + (node_.folder() / "state") + "\"\n";
  node_.start();
  EXPECT_EQ(node_.stop(), 0);
  const fs::path other = node_.drive_path(1);
  fs::rename(other, node_.folder() / "disk");
  fs::create_directory(other);
  expect_out_of_use("larder-node drive begin " + other.string());
  EXPECT_TRUE(fs::is_empty(other));
  const ProgramResult begun = run_program({LARDER_NODE_PROGRAM, "drive", "begin", other});
  EXPECT_EQ(begun.exit_code, 0) << begun.output;
  EXPECT_TRUE(begun.output.contains("is a new drive")) << begun.output;
  expect_back();
  // And the disk, when it is found again.
  EXPECT_EQ(node_.stop(), 0);
  fs::remove_all(other);
  fs::rename(node_.folder() / "disk", other);
  node_.start();
  EXPECT_EQ(health(), "ok\n");
}

TEST_F(DriveAtTheStart, ThatCannotBeNotedIsToldByCheckAndTheLog) {
  node_.start();
  EXPECT_EQ(node_.stop(), 0);
  write_file(node_.folder() / "state", "no folder");
  node_.config().tables = "[node]\nstate = \"" + (node_.folder() / "state") + "\"\n";
  const ProgramResult checked = node_.check();
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_TRUE(checked.output.contains(": node.state: which drives the node has cannot be noted: ")) << checked.output;
  node_.start();
  EXPECT_TRUE(node_.wait_for_log("the list of this node's drives cannot be kept"));
  EXPECT_EQ(health(), "ok\n");
}

// What root makes there is its node's to write.
TEST_F(DriveAtTheStart, IsBegunForTheUserThatOwnsItsFolder) {
  constexpr uid_t kSomebody = 4711;
  const TempDir folder;
  if (::geteuid() == 0) {
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    ASSERT_EQ(::chown(folder.path().c_str(), kSomebody, kSomebody), 0);
  }
  const ProgramResult begun = run_program({LARDER_NODE_PROGRAM, "drive", "begin", folder.path()});
  EXPECT_EQ(begun.exit_code, 0) << begun.output;
  struct stat status{};
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, ::geteuid() == 0 ? kSomebody : ::geteuid()) << entry.path();
  }
  const ProgramResult again = run_program({LARDER_NODE_PROGRAM, "drive", "begin", folder.path()});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_TRUE(again.output.contains("it is a drive already")) << again.output;
}

TEST_F(DriveAtTheStart, AllOfThemOutOfUseLeaveANodeThatPassesThrough) {
  allow_refetch(Auditor::kNoLimit);
  node_.config().drives = {{"disk/drive", "256MiB"}};
  node_.start();
  EXPECT_TRUE(health().starts_with("degraded\n")) << health();
  expect_whole(kPath, kSeed, kSize);
}

// --- what --check passed, and no start did ---

struct Mistake {
  std::string name;
  std::string lines;  // of the configuration; "%" stands for the test's folder
  std::string says;
};
void PrintTo(const Mistake& value, std::ostream* out) { *out << value.name; }

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> all = {
      {"log_in_a_missing_folder", "[log]\ntarget = \"%/missing/node.log\"\n",
       "cannot open the log file %/missing/node.log: "},
      {"log_that_is_a_folder", "[log]\ntarget = \"%\"\n", "cannot open the log file %: "},
      {"log_that_is_a_fifo", "[log]\ntarget = \"%/fifo\"\n", "cannot open the log file %/fifo: it is a FIFO"},
      {"access_log_that_is_a_fifo", "[access_log]\ntarget = \"%/fifo\"\n", "cannot open the log file %/fifo: "},
      {"relative_log", "[log]\ntarget = \"node.log\"\n", "larder.toml:5: log.target: \"node.log\" is not a log target"},
      {"access_log_in_a_missing_folder", "[access_log]\ntarget = \"%/missing/access.log\"\n",
       "cannot open the log file %/missing/access.log: "},
      {"relative_access_log", "[access_log]\ntarget = \"access.log\"\n", "larder.toml:5: access_log.target: "},
      {"drive_by_its_line", "[[drive]]\npath = \"here\"\nsize = \"1GiB\"\n",
       "larder.toml:5: drive[0].path: drive here: "},
      {"size_by_its_line", "[[drive]]\npath = \"%/drive\"\nsize = \"1MiB\"\n", "larder.toml:6: drive[0].size: drive %"},
      {"state_in_a_drive", "[node]\nstate = \"%/drive/state\"\n[[drive]]\npath = \"%/drive/\"\nsize = \"64MiB\"\n",
       "larder.toml:5: node.state: it lies in drive %/drive/"},
      {"relative_state", "[node]\nstate = \"state\"\n", "larder.toml:5: node.state: is relative"},
      {"every_drive", "[[drive]]\npath = \"here\"\nsize = \"1GiB\"\n[[drive]]\npath = \"there\"\nsize = \"1GiB\"\n",
       "larder.toml:8: drive[1].path: drive there: "},
  };
  return all;
}

class StartMistake : public NodeTest, public testing::WithParamInterface<Mistake> {
 protected:
  std::string in_folder(std::string text) const {
    for (std::size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at)) {
      text.replace(at, 1, folder_.path());
    }
    return text;
  }

  TempDir folder_;
};

TEST_P(StartMistake, IsNamedByCheckAndStart) {
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  write_file(folder_ / "larder.toml",
             "[listen]\nhttp = [\"127.0.0.1:0\"]\nstatus = \"127.0.0.1:0\"\n" + in_folder(GetParam().lines));
  for (const char* how : {"--check", "--config"}) {  // the second is no flag of its own
    std::vector<std::string> command = {LARDER_NODE_PROGRAM, "--config", folder_ / "larder.toml"};
    if (std::string_view(how) == "--check") command.emplace_back(how);
    const ProgramResult result = run_program(command);
    EXPECT_EQ(result.exit_code, 1) << how << "\n" << result.output;
    EXPECT_TRUE(result.output.contains(in_folder(GetParam().says))) << how << "\n" << result.output;
  }
}

INSTANTIATE_TEST_SUITE_P(All, StartMistake, testing::ValuesIn(mistakes()),
                         [](const auto& test) { return test.param.name; });

// Where a log is kept elsewhere, and after each rotation.
TEST_F(NodeTest, ALogMayBeALinkToWhatIsNotMadeYet) {
  fs::create_symlink(node_.folder() / "elsewhere.log", node_.folder() / "node.log");
  node_.start();
  EXPECT_TRUE(node_.wait_for_log("node started"));
  EXPECT_TRUE(fs::is_regular_file(node_.folder() / "elsewhere.log"));
}

TEST_F(NodeTest, AFolderAsTheConfigurationIsNamed) {
  const TempDir folder;
  const ProgramResult result = run_program({LARDER_NODE_PROGRAM, "--check", "--config", folder.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.output.contains(folder.path() + " is a folder")) << result.output;
}

TEST_F(NodeTest, AFailedStartIsAnErrorInTheJournal) {
  const TempDir folder;
  const std::string output = folder / "output";
  write_file(output, "");
  struct stat status{};
  ASSERT_EQ(::stat(output.c_str(), &status), 0);
  const std::string script = "JOURNAL_STREAM=" + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) +
                             " exec '" LARDER_NODE_PROGRAM "' --config /missing.toml 2>>" + output;
  EXPECT_EQ(run_program({"/bin/sh", "-c", script}).exit_code, 1);
  EXPECT_TRUE(read_file(output).starts_with("<3>larder-node: cannot open /missing.toml")) << read_file(output);
}

}  // namespace
}  // namespace larder::integration
