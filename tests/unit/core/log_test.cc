#include "core/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/manual_clock.h"
#include "support/temp_dir.h"

namespace larder {
namespace {

class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> open(Level level = Level::kInfo) {
    Log::Options options;
    options.program = "p";
    options.target = folder / "log";
    options.level = level;
    options.clock = &clock;
    return *Log::open(options);
  }
  std::string text() { return support::read_file(folder / "log"); }

  std::size_t count(std::string_view part) {
    const std::string all = text();
    std::size_t count = 0;
    for (std::size_t at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++count;
    return count;
  }
  static void fail_often(Log& log, int times) {
    for (int i = 0; i < times; ++i) {
      log.write_limited(Level::kWarning, "origin is down", [&](JsonLine& line) { line.add("number", i); });
    }
  }

  support::TempDir folder;
  support::ManualClock clock;
};

TEST_F(LogTest, ALineIsOneJsonObject) {
  const auto log = open();
  log->write(Level::kWarning, "drive failed", [](JsonLine& line) {
    line.add("path", "/a\n\"b\"\\").add("count", 3).add("ok", false).add("bytes", std::string_view("\xff\x01"));
  });
  log->flush();
  const std::string line = text();
  EXPECT_NE(line.find(R"("level":"warning","program":"p","event":"drive failed","path":"/a\u000a\"b\"\\","count":3,)"
                      R"("ok":false,"bytes":"\ufffd\u0001"})"
                      "\n"),
            std::string::npos)
      << line;
}

TEST_F(LogTest, LowerLevelsAreLeftOut) {
  const auto log = open(Level::kWarning);
  log->write(Level::kInfo, "small talk");
  log->write(Level::kError, "trouble");
  log->flush();
  EXPECT_EQ(text().find("small talk"), std::string::npos);
  EXPECT_NE(text().find("trouble"), std::string::npos);
}

TEST_F(LogTest, NothingIsLostAtAnOrderlyEnd) {
  {
    const auto log = open();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n) log->write(Level::kInfo, "line");
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::string all = text();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4000);
}

TEST_F(LogTest, LinesThatCouldNotBeWrittenAreCountedOnceThereIsRoom) {
  std::filesystem::create_symlink("/dev/full", folder / "log");
  const auto log = open();
  for (int i = 0; i < 3; ++i) log->write(Level::kWarning, "into the void");
  log->flush();
  std::filesystem::remove(folder / "log");
  log->reopen();
  log->flush();
  log->write(Level::kWarning, "there is room");
  log->flush();
  log->write(Level::kWarning, "one more");
  log->flush();
  EXPECT_EQ(count("into the void"), 0U);
  EXPECT_EQ(count("there is room"), 1U);
  EXPECT_EQ(count("log lines lost"), 1U);
  EXPECT_EQ(count("\"count\":3}"), 1U) << text();
}

TEST_F(LogTest, AfterARenameReopenStartsAFileOfItsOwn) {
  const auto log = open();
  log->write(Level::kWarning, "before");
  log->flush();
  std::filesystem::rename(folder / "log", folder / "log.1");
  log->reopen();
  log->flush();
  log->write(Level::kWarning, "after");
  log->flush();
  EXPECT_NE(support::read_file(folder / "log.1").find("before"), std::string::npos);
  EXPECT_NE(text().find("after"), std::string::npos);
  EXPECT_EQ(text().find("before"), std::string::npos);
}

TEST_F(LogTest, OfOneEventOnlySoManyLinesAMinuteAreWritten) {
  const auto log = open();
  fail_often(*log, 1000);
  for (int i = 0; i < 30; ++i) log->write(Level::kWarning, "never left out");
  log->flush();
  EXPECT_EQ(count("origin is down"), 10U);
  EXPECT_EQ(count("never left out"), 30U);

  clock.advance(std::chrono::minutes(1));
  log->flush();
  EXPECT_EQ(count(R"("level":"warning","program":"p","event":"log lines left out: too many of one event",)"
                  R"("of":"origin is down","count":990})"),
            1U)
      << text();
  fail_often(*log, 1);
  log->flush();
  EXPECT_EQ(count(R"("event":"origin is down")"), 11U);
}

TEST_F(LogTest, WhatWasLeftOutIsToldAtTheEnd) {
  fail_often(*open(), 11);
  EXPECT_EQ(count(R"("of":"origin is down","count":1})"), 1U) << text();
}

TEST_F(LogTest, AWrongTargetIsNamed) {
  Log::Options options;
  options.target = "somewhere";
  EXPECT_NE(Log::open(options).error().text.find("\"somewhere\" is not a log target"), std::string::npos);
  options.target = folder / "no/such/folder";
  EXPECT_NE(Log::open(options).error().text.find("no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace larder
