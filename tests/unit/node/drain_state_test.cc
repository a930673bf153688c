#include "node/drain_state.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "storage/system_disk.h"
#include "support/temp_dir.h"

namespace larder::node {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'767'323'045)};

class DrainStateTest : public testing::Test {
 protected:
  DrainStateTest() : log_(*Log::open({.target = folder_ / "log"})) {}

  std::string log_text() {
    log_->flush();
    return support::read_file(folder_ / "log");
  }

  support::TempDir folder_;
  storage::SystemDisk disk_;
  std::unique_ptr<Log> log_;
  const std::string state_ = folder_ / "state";
};

TEST_F(DrainStateTest, OutlivesARestartUntilItIsEnded) {
  {
    DrainState drain(disk_, state_, *log_);
    EXPECT_FALSE(drain.since());
    EXPECT_TRUE(drain.set(true, kNow));
    EXPECT_TRUE(drain.set(true, kNow + std::chrono::hours(1))) << "it is drained since the first time";
    EXPECT_EQ(drain.since(), kNow);
  }
  {
    DrainState drain(disk_, state_, *log_);
    EXPECT_EQ(drain.since(), kNow);
    EXPECT_TRUE(drain.set(false, kNow));
  }
  EXPECT_FALSE(DrainState(disk_, state_, *log_).since());
}

TEST_F(DrainStateTest, WithoutAFolderItLastsUntilTheEnd) {
  DrainState drain(disk_, "", *log_);
  EXPECT_FALSE(drain.is_kept());
  EXPECT_TRUE(drain.set(true, kNow));
  EXPECT_EQ(drain.since(), kNow);
}

TEST_F(DrainStateTest, IsInForceAlsoIfItCannotBeWritten) {
  support::write_file(state_, "a file where the folder should be");
  DrainState drain(disk_, state_, *log_);
  EXPECT_FALSE(drain.set(true, kNow));
  EXPECT_EQ(drain.since(), kNow);
}

TEST_F(DrainStateTest, ADamagedFileIsToldAndDrainsNothing) {
  std::filesystem::create_directory(state_);
  for (const std::string_view text :
       {"", "{}", R"({"format":2})", R"({"format":1,"drained_since":-1})", R"({"format":1,"drained_since":"today"})"}) {
    EXPECT_FALSE(DrainState::parse(text)) << text;
  }
  support::write_file(state_ + "/drain.json", "{\"format\":1,");
  EXPECT_FALSE(DrainState(disk_, state_, *log_).since());
  EXPECT_NE(log_text().find("whether the node was drained cannot be read"), std::string::npos);
}

TEST_F(DrainStateTest, WhatIsWrittenIsRead) {
  EXPECT_EQ(*DrainState::parse(DrainState::serialize(kNow)), kNow);
  EXPECT_EQ(*DrainState::parse(DrainState::serialize({})), std::nullopt);
}

}  // namespace
}  // namespace larder::node
