#include "net/socket_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/temp_dir.h"

namespace larder::net {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

class SocketFileTest : public testing::Test {
 protected:
  /// Whether somebody listens there.
  bool answers() const { return connect_socket_file(path_, kPatience).has_value(); }
  Errc why_not() const {
    const auto connected = connect_socket_file(path_, kPatience);
    return connected ? Errc::kCancelled : connected.error().code;
  }

  support::TempDir folder_;
  const std::string path_ = folder_ / "node.sock";
};

TEST_F(SocketFileTest, IsThereWithItsModeWhateverTheUmaskIs) {
  const mode_t before = ::umask(0077);
  const auto file = SocketFile::listen(path_, 0660);
  ::umask(before);
  ASSERT_TRUE(file) << file.error().text;
  struct stat status{};
  ASSERT_EQ(::lstat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777U, 0660U);
  EXPECT_TRUE(answers());
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
}

TEST_F(SocketFileTest, IsRemovedAtItsEnd) {
  EXPECT_TRUE(SocketFile::listen(path_, 0660));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_EQ(why_not(), Errc::kNotFound);
}

TEST_F(SocketFileTest, ReplacesWhatADeadProcessLeft) {
  auto dead = SocketFile::listen(path_, 0660);
  ASSERT_TRUE(dead);
  dead->release();
  EXPECT_EQ(why_not(), Errc::kUnavailable);
  const auto file = SocketFile::listen(path_, 0660);
  ASSERT_TRUE(file) << file.error().text;
  EXPECT_TRUE(answers());
}

TEST_F(SocketFileTest, TakesAPathFromNobodyWhoListensButFromWhomItTakesOver) {
  auto first = SocketFile::listen(path_, 0660);
  ASSERT_TRUE(first);
  for (const pid_t before : {0, ::getppid()}) {
    const auto refused = SocketFile::listen(path_, 0660, before);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kConflict);
    EXPECT_NE(refused.error().text.find("another process listens"), std::string::npos);
    EXPECT_EQ(SocketFile::check(path_, before).error().code, Errc::kConflict);
  }

  auto second = SocketFile::listen(path_, 0660, ::getpid());
  ASSERT_TRUE(second) << second.error().text;
  {
    const SocketFile ends = *std::move(first);
  }
  EXPECT_TRUE(answers()) << "the file is the second one's";
}

TEST_F(SocketFileTest, LeavesAloneWhatIsNoSocket) {
  support::write_file(path_, "somebody's");
  for (const pid_t before : {0, ::getpid()}) {
    const auto file = SocketFile::listen(path_, 0660, before);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, Errc::kConflict);
  }
  EXPECT_EQ(SocketFile::check(path_).error().code, Errc::kConflict);
  EXPECT_EQ(support::read_file(path_), "somebody's");
}

TEST_F(SocketFileTest, IsNotMadeWhereEverybodyMayMakeFiles) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 01777), 0);
  const auto file = SocketFile::listen(path_, 0660);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::kInvalid);
  EXPECT_NE(file.error().text.find("everybody may make files in " + folder_.path()), std::string::npos);
}

TEST_F(SocketFileTest, NamesThePathThatCannotBeOne) {
  const auto error = [](const std::string& path) { return SocketFile::listen(path, 0660).error(); };
  EXPECT_EQ(error("node.sock").code, Errc::kInvalid);
  EXPECT_EQ(error("/" + std::string(SocketFile::kMostPath, 'a')).code, Errc::kInvalid);
  const Error no_folder = error(folder_ / "none/node.sock");
  EXPECT_EQ(no_folder.code, Errc::kNotFound);
  EXPECT_NE(no_folder.text.find(folder_ / "none"), std::string::npos) << no_folder.text;
}

TEST_F(SocketFileTest, APathOfTheGreatestLengthIsOne) {
  const std::string prefix = folder_ / "";
  ASSERT_LT(prefix.size(), SocketFile::kMostPath);
  const std::string path = prefix + std::string(SocketFile::kMostPath - prefix.size(), 'a');
  EXPECT_TRUE(SocketFile::listen(path, 0660));
}

}  // namespace
}  // namespace larder::net
