// Log: JSON lines to a file, to journald or to standard error, written by a thread of its own.
//
// An event loop only appends to a buffer: it never waits for a disk. When the buffer is full (the disk is slower
// than the log) lines are dropped and counted, and the count is the next line that is written.
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

#include "core/json_line.h"
#include "core/result.h"

namespace larder {

enum class Level { kDebug, kInfo, kWarning, kError };

std::string_view to_string(Level level);
/// "debug", "info", "warning", "error". Errors: kInvalid.
Result<Level> parse_level(std::string_view text);

class Log {
 public:
  static constexpr auto kFlushInterval = std::chrono::milliseconds(200);
  static constexpr std::size_t kBufferLimit = 16 << 20;

  struct Options {
    std::string program = "larder";
    std::string target = "stderr";  // "stderr", "journald", or a file's absolute path
    Level level = Level::kInfo;
  };

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

  /// Opens the file anew under its name, for log rotation. No effect on other targets.
  void reopen();
  /// Returns when everything that was appended, and every reopen() that was asked for before is done.
  void flush();

 private:
  explicit Log(Options options);
  JsonLine begin(Level level, std::string_view event) const;
  void append(Level level, std::string line);
  void run();
  void write_out(std::string_view lines);
  Result<int> open_target() const;

  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable written_;
  std::string buffer_;
  std::uint64_t dropped_ = 0;
  std::uint64_t flushes_asked_ = 0;
  std::uint64_t flushes_done_ = 0;
  bool urgent_ = false;
  bool reopen_ = false;
  bool stopping_ = false;
  int descriptor_ = -1;
  std::thread thread_;
};

/// "2026-11-21T01:41:55.123Z"
std::string timestamp(std::chrono::system_clock::time_point time);

}  // namespace larder
