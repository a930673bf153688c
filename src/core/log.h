// Log: JSON lines to a file, to journald or to standard error, written by a thread of its own.
//
// An event loop only appends to a buffer: it never waits for a disk. When the buffer is full (the disk is slower
// than the log) lines are dropped and counted, and the count is the next line that is written. Of what a peer can bring
// about again and again, write_limited() lets only so many lines pass (core/log_limiter.h).
//
// Threads    all calls from any thread.
// Crash      lines of the last kFlushInterval may be lost; warnings and errors are written at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/clock.h"
#include "core/json_line.h"
#include "core/log_level.h"
#include "core/log_limiter.h"
#include "core/result.h"

namespace larder {

class Log {
 public:
  static constexpr auto kFlushInterval = std::chrono::milliseconds(200);
  static constexpr std::size_t kBufferLimit = 16 << 20;

  struct Options {
    std::string program = "larder";
    std::string target = "stderr";  // "stderr", "journald", or a file's absolute path
    Level level = Level::kInfo;
    const Clock* clock = nullptr;  // null: the system's; has to outlive the log
  };

  /// Whether `target` is one of those above. Errors: kInvalid.
  static Result<> check_name(std::string_view target);
  /// Whether open() would find its target, without making anything. Errors: as there.
  static Result<> check(const std::string& target);
  /// Errors: kInvalid (no such target), kRefused and others of opening the file.
  static Result<std::unique_ptr<Log>> open(Options options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool wants(Level level) const { return level >= options_.level; }

  /// `log.write(Level::kWarning, "drive failed", [&](JsonLine& line) { line.add("drive", path); });`
  template <class Fill>
  void write(Level level, std::string_view event, Fill fill) {
    if (!wants(level)) return;
    JsonLine line = begin(level, event);
    fill(line);
    append(level, line.finish());
  }
  void write(Level level, std::string_view event) {
    write(level, event, [](JsonLine&) {});
  }

  /// As write(), but for the first LogLimiter::kLines of `event` within a minute only; how many more there were is told
  /// in a line of its own. For what can happen with every request or slice.
  template <class Fill>
  void write_limited(Level level, std::string_view event, Fill fill) {
    if (wants(level) && admits(level, event)) write(level, event, fill);
  }

  const std::string& target() const { return options_.target; }
  /// Opens the file anew under its name, for log rotation. No effect on other targets.
  void reopen();
  /// Returns when everything that was appended, and every reopen() that was asked for before is done.
  void flush();

 private:
  explicit Log(Options options);
  JsonLine begin(Level level, std::string_view event) const;
  bool admits(Level level, std::string_view event);
  std::string line_of(const LogLimiter::LeftOut& left_out) const;
  void append(Level level, std::string line);
  void run();
  void write_out(std::string_view lines);
  void say_what_was_lost();
  Result<int> open_target() const;

  const Options options_;
  const SystemClock system_clock_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable written_;
  std::string buffer_;
  LogLimiter limiter_;
  std::uint64_t dropped_ = 0;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;
  bool urgent_ = false;
  bool reopen_ = false;
  bool stopping_ = false;
  // Of the thread.
  int descriptor_ = -1;
  bool is_torn_ = false;    // the last line was broken off
  std::uint64_t lost_ = 0;  // lines that could not be written, and nobody was told of
  std::thread thread_;
};

/// "2026-11-21T01:41:55.123Z"
std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace larder
