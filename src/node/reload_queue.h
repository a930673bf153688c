// ReloadQueue: has the thread that obeys signals reload, and tells others what came of it: so SIGHUP and whoever asks
// by another way never reload at the same time.
//
// Threads    run() on the thread that obeys signals; the rest from any.
// Cancel     close(): those who wait are told kCancelled, and so is whoever comes later.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "core/clock.h"
#include "core/result.h"

namespace larder::node {

class ReloadQueue {
 public:
  // Outcome: what came of one reload.
  struct Outcome {
    std::string problem;              // "": the configuration was taken
    std::string certificate_problem;  // "": the certificate was read again, or there is none
    std::string log_problem;          // "": log files were opened anew, or there are none
    std::string after_restart;        // keys that have changed and wait for a restart, with commas; "": none
  };
  // Last: the last reload there was.
  struct Last {
    WallTime at{};
    Outcome outcome;
  };

  /// `call` makes that thread call run() soon; from any thread.
  explicit ReloadQueue(std::function<void()> call) : call_(std::move(call)) {}

  /// Blocks until a reload that began after this call has ended, for `patience` at most. Errors: kTimeout, kCancelled.
  Result<Outcome> ask(std::chrono::milliseconds patience);
  /// Reloads, for all who have asked.
  void run(const std::function<Outcome()>& reload, WallTime now);
  void close();
  /// Nothing: there was none.
  std::optional<Last> last() const;

 private:
  const std::function<void()> call_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t asked_ = 0;
  std::uint64_t done_ = 0;  // of those who asked
  std::optional<Last> last_;
  bool closed_ = false;
};

}  // namespace larder::node
