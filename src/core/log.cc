#include "core/log.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <vector>

namespace larder {
namespace {

constexpr const char* kJournalSocket = "/run/systemd/journal/socket";
constexpr std::size_t kFlushBytes = 64 << 10;

Result<int> connect_journald() {
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return fail_errno(errno, "cannot make a socket for journald");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kJournalSocket, sizeof address.sun_path - 1);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(descriptor);
    return fail_errno(
        error, fmt::format("cannot reach journald at {} (is systemd running? else log to a file)", kJournalSocket));
  }
  return descriptor;
}

// Who opens a FIFO waits for its reader, for ever if none comes.
Result<> check_kind(const std::string& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) return {};  // it is made, also where a link says
  if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)) return {};
  return fail(Errc::kInvalid, "cannot open the log file {}: it is a {}; give a file's absolute path", file,
              S_ISDIR(status.st_mode) ? "folder" : "FIFO, socket or block device");
}

// journald's own numbers, as in syslog (RFC 5424, 6.2.1).
int priority(std::string_view line) {
  if (line.find("\"level\":\"error\"") != std::string_view::npos) return 3;
  if (line.find("\"level\":\"warning\"") != std::string_view::npos) return 4;
  return 6;
}

}  // namespace

std::string timestamp(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = milliseconds / 1000;
  // Formatting a date costs more than the rest of a record: keep the last one.
  thread_local std::time_t cached_seconds = -1;
  thread_local std::string cached;
  if (seconds != cached_seconds) {
    cached = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(seconds));
    cached_seconds = seconds;
  }
  std::string text = cached;
  text += '.';
  for (long digit = 100; digit > 0; digit /= 10) text += static_cast<char>('0' + milliseconds / digit % 10);
  text += 'Z';
  return text;
}

Log::Log(Options options)
    : options_(std::move(options)), clock_(options_.clock != nullptr ? *options_.clock : system_clock_) {}

Result<> Log::check_name(std::string_view target) {
  if (target == "stderr" || target == "journald" || target.starts_with('/')) return {};
  return fail(Errc::kInvalid, "\"{}\" is not a log target; it is \"stderr\", \"journald\" or a file's absolute path",
              target);
}

Result<> Log::check(const std::string& target) {
  TRY_VOID(check_name(target));
  if (!target.starts_with('/')) {
    TRY_VOID(open({.target = target}));
    return {};
  }
  TRY_VOID(check_kind(target));
  struct stat status{};
  const bool is_there = ::stat(target.c_str(), &status) == 0;
  // Not made by looking: else it would be of whoever looks, and not of whoever is to write it.
  const std::string needed = is_there ? target : std::filesystem::path(target).parent_path().string();
  if (::access(needed.c_str(), is_there ? W_OK : W_OK | X_OK) == 0) return {};
  return fail_errno(errno, fmt::format("cannot open the log file {}: {} cannot be written to", target, needed));
}

Result<std::unique_ptr<Log>> Log::open(Options options) {
  std::unique_ptr<Log> log(new Log(std::move(options)));
  TRY(log->descriptor_, log->open_target());
  log->thread_ = std::thread([raw = log.get()] { raw->run(); });
  return log;
}

Log::~Log() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

Result<int> Log::open_target() const {
  if (options_.target == "stderr") return STDERR_FILENO;
  if (options_.target == "journald") return connect_journald();
  TRY_VOID(check_name(options_.target));
  TRY_VOID(check_kind(options_.target));
  const int descriptor = ::open(options_.target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor < 0) return fail_errno(errno, fmt::format("cannot open the log file {}", options_.target));
  return descriptor;
}

JsonLine Log::begin(Level level, std::string_view event) const {
  JsonLine line;
  line.add("time", timestamp(clock_.wall())).add("level", to_string(level));
  line.add("program", options_.program).add("event", event);
  return line;
}

void Log::append(Level level, std::string line) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (buffer_.size() + line.size() > kBufferLimit) {
      ++dropped_;
      return;
    }
    const bool was_small = buffer_.size() < kFlushBytes;
    buffer_ += line;
    if (level >= Level::kWarning) urgent_ = true;
    wake = urgent_ || (was_small && buffer_.size() >= kFlushBytes);
  }
  if (wake) changed_.notify_one();
}

bool Log::admits(Level level, std::string_view event) {
  const SteadyTime now = clock_.now();
  std::vector<LogLimiter::LeftOut> over;
  bool admitted = false;
  {
    const std::lock_guard lock(mutex_);
    over = limiter_.take_over(now);
    admitted = limiter_.admits(level, event, now);
  }
  for (const LogLimiter::LeftOut& left_out : over) append(left_out.level, line_of(left_out));
  return admitted;
}

std::string Log::line_of(const LogLimiter::LeftOut& left_out) const {
  JsonLine line = begin(left_out.level, "log lines left out: too many of one event");
  return line.add("of", left_out.event).add("count", left_out.count).finish();
}

void Log::reopen() {
  {
    const std::lock_guard lock(mutex_);
    reopen_ = true;
  }
  changed_.notify_one();
}

void Log::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = ++flushes_asked_;
  urgent_ = true;
  changed_.notify_one();
  written_.wait(lock, [&] { return flushes_done_ >= target; });
}

void Log::run() {
  pthread_setname_np(pthread_self(), "log");
  std::string lines;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, kFlushInterval,
                      [this] { return urgent_ || stopping_ || reopen_ || buffer_.size() >= kFlushBytes; });
    const bool stopping = stopping_;
    const bool reopen = std::exchange(reopen_, false);
    const std::uint64_t dropped = std::exchange(dropped_, 0);
    const std::uint64_t flushes = flushes_asked_;
    const auto left_out = limiter_.take_over(stopping ? SteadyTime::max() : clock_.now());
    urgent_ = false;
    lines.swap(buffer_);
    lock.unlock();

    if (!lines.empty()) write_out(lines);
    if (lost_ > 0 && !lines.empty()) say_what_was_lost();
    lines.clear();
    for (const LogLimiter::LeftOut& one : left_out) write_out(line_of(one));
    if (dropped > 0) {
      JsonLine line = begin(Level::kWarning, "log lines dropped: the log's disk is too slow");
      write_out(line.add("count", dropped).finish());
    }
    if (reopen && options_.target.starts_with('/')) {
      if (auto descriptor = open_target()) {
        ::close(descriptor_);
        descriptor_ = *descriptor;
      } else {
        JsonLine line = begin(Level::kError, "cannot reopen the log; the old file is written on");
        write_out(line.add("reason", descriptor.error().text).finish());
      }
    }

    lock.lock();
    flushes_done_ = flushes;
    written_.notify_all();
    if (stopping && buffer_.empty()) return;
  }
}

void Log::write_out(std::string_view lines) {
  if (options_.target == "journald") {
    while (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      const std::string_view line = lines.substr(0, end);
      const std::string entry =
          fmt::format("PRIORITY={}\nSYSLOG_IDENTIFIER={}\nMESSAGE={}\n", priority(line), options_.program, line);
      // A full journal loses the line; there is nowhere left to say so.
      [[maybe_unused]] const ssize_t sent = ::send(descriptor_, entry.data(), entry.size(), MSG_NOSIGNAL);
      lines.remove_prefix(end + 1);
    }
    return;
  }
  // A line that was broken off must not run into the next one.
  if (is_torn_ && ::write(descriptor_, "\n", 1) == 1) is_torn_ = false;
  while (!lines.empty()) {
    const ssize_t count = ::write(descriptor_, lines.data(), lines.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      lost_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
      return;
    }
    is_torn_ = lines[static_cast<std::size_t>(count) - 1] != '\n';
    lines.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Once there is room again: only what is written last decides, so it is tried with this line.
void Log::say_what_was_lost() {
  const std::uint64_t lost = std::exchange(lost_, 0);
  JsonLine line = begin(Level::kWarning, "log lines lost: the log could not be written");
  write_out(line.add("count", lost).finish());
  if (lost_ > 0) lost_ += lost - 1;  // nor can this one
}

}  // namespace larder
