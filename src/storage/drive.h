// Drive: one drive at work: a bounded queue of slices to store, and the thread that writes them.
//
// A drive that fails stays out until the program starts again: its slices vanish from the index, what comes later is
// declined. Others go on (slice_store.h).
//
// Owns       its thread and its SegmentLog.
// Threads    put(), fail(), drain(), status() from any thread; recover() and start() once, in that order. Without
//            start() (a simulation) it writes in write_next(), on the caller's thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "core/clock.h"
#include "storage/segment_log.h"
#include "storage/slice_store.h"

namespace larder::storage {

class Drive {
 public:
  using Done = std::function<void(bool stored)>;

  Drive(const DriveConfig& config, unsigned number, SegmentLog::Shared shared, const Clock& clock,
        std::uint64_t queue_limit);
  ~Drive();  // stores what is queued, seals
  Drive(const Drive&) = delete;
  Drive& operator=(const Drive&) = delete;

  /// Makes the folder a drive if it is none yet, and locks it. A device that fails makes this a failed drive, not an
  /// error. Errors: kConflict, kInvalid, kRefused, kNoSpace.
  Result<> open(std::uint64_t segment_size);
  /// Finds what is stored.
  void recover();
  void start();
  /// What a running drive's thread does next: the job that was queued first, or forgetting what a drive holds that has
  /// failed. False: nothing is to be done.
  bool write_next();

  /// One write that takes this long means a disk that hangs; what waits behind it is declined rather than kept.
  static constexpr auto kHang = std::chrono::seconds(5);

  void put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Done done);
  /// Declines what is queued if the write before it hangs.
  void shed_if_hanging();
  /// Takes the drive out of use. Logged once.
  void fail(const std::string& reason);
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  void drain();

  void note_corrupt(const SliceKey& key, const Segment& segment, const std::string& reason);
  DriveStatus status() const;
  std::uint64_t size() const { return config_.size; }
  /// Same for the same drive whatever its path or number; 0 if it never opened.
  std::uint64_t choice_seed() const { return choice_seed_; }

 private:
  struct Job {
    SliceKey key;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
    Done done;
  };

  using Lock = std::unique_lock<std::mutex>;

  void run();
  bool has_work() const { return !jobs_.empty() || (failed() && !forgotten_); }  // REQUIRES: mutex_
  /// REQUIRES: has_work(). Lets go of `lock` while it works.
  void work(Lock& lock);
  void seal();
  bool hangs() const;  // REQUIRES: mutex_
  bool store(const Job& job);
  void decline(const Done& done);

  const DriveConfig config_;
  const unsigned number_;
  SegmentLog::Shared shared_;
  const Clock& clock_;
  const std::uint64_t queue_limit_;
  std::uint64_t choice_seed_ = 0;
  std::optional<SegmentLog> log_;

  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> dropped_writes_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable finished_;
  std::deque<Job> jobs_;
  std::uint64_t queued_bytes_ = 0;  // and of the one that is being written
  SteadyTime write_began_ = SteadyTime::max();
  std::uint64_t accepted_jobs_ = 0;
  std::uint64_t finished_jobs_ = 0;
  std::string failure_;  // why, once failed
  bool stopping_ = false;
  bool forgotten_ = false;
  std::thread thread_;
};

}  // namespace larder::storage
