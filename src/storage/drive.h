// Drive: one drive at work: a bounded queue of slices to store, and the thread that writes them.
//
// A drive that fails stays out until the program starts again: its slices vanish from the index, what comes later is
// declined. Others go on (slice_store.h).
//
// Owns       its thread, its SegmentLog and its Scrubber.
// Threads    put(), erase(), fail(), wake(), drain(), order_scrub(), status() from any thread; open(), word(),
// recover(),
//            bury() and start() once, in that order, and one drive's after the other's but for recover(). Without
//            start() (a simulation) it writes in write_next() and scrubs in scrub_next(), on the caller's thread.
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
#include <set>
#include <span>
#include <string>
#include <thread>

#include "core/clock.h"
#include "storage/scrubber.h"
#include "storage/segment_log.h"
#include "storage/slice_store.h"

namespace larder::storage {

class Drive {
 public:
  using Done = std::function<void(bool stored)>;

  Drive(const DriveConfig& config, unsigned number, SegmentLog::Shared shared, const Clock& clock,
        std::uint64_t queue_limit);
  ~Drive();  // stop()
  Drive(const Drive&) = delete;
  Drive& operator=(const Drive&) = delete;

  /// Makes the folder a drive if it is none yet, and locks it. If that cannot be, this is a failed drive, and no error,
  /// unless another process uses it. Errors: kConflict.
  Result<> open(SegmentPlan segments);
  /// Whether open() would make a drive of a folder that is none.
  bool is_to_be_begun() const;
  /// What it says of the past; nothing if it has failed.
  std::optional<Epochs::Word> word();
  /// What it kept of the store's purges; nothing if it has failed. Errors: kCorrupt (it cannot be read any more).
  std::optional<Result<std::optional<std::string>>> kept_purges();
  /// Finds what is stored.
  void recover();
  /// Forgets the descriptions that were erased: once all drives are recovered.
  void bury();
  /// `scrub_rate`: bytes a second; 0: it is scrubbed only when that is ordered.
  void start(std::uint64_t scrub_rate);
  /// Scrubber::order_walk(); nothing if the drive is out.
  std::optional<bool> order_scrub(std::uint64_t rate);
  /// Stores what is queued, seals, and does nothing more.
  void stop();
  /// Begins to let go of the drive, for another process: nothing more is put() or erased here, what is queued is
  /// stored, the open segment sealed and the lock given up, by its thread. What is stored stays readable through the
  /// segments that are open. REQUIRES: start().
  void begin_release();
  /// Whether that, or a failure, has come to its end by `deadline`.
  bool wait_for_release(SteadyTime deadline);
  /// Of a drive that is let go of: SliceStore::forget_evicted().
  void forget_evicted();
  /// What a released drive could not write down as outdated: now the caller's to tell.
  std::set<SliceKey> take_owed();
  /// What a running drive's thread does next: writing a new epoch down, the job that was queued
  /// first, or forgetting what a drive holds that has failed itself. False: nothing is to be done.
  bool write_next();
  /// One step of its scrubber, at once. False: a walk over all that is stored has just ended.
  bool scrub_next();

  /// One write that takes this long means a disk that hangs; what waits behind it is declined rather than kept.
  static constexpr auto kHang = std::chrono::seconds(5);

  void put(const SliceKey& key, std::span<const std::byte> bytes, std::shared_ptr<const void> owner, Done done);
  /// Puts, in its turn, a record in the place of what `key` names that keeps it from being found, also after a restart.
  /// What cannot be written now (the drive hangs, or is full) is owed: tried again after the next write that succeeds,
  /// and at the stop. A kill before that loses it (docs/decisions/0013-drives-that-return.md).
  void erase(const SliceKey& key);
  /// Declines what is queued if the write before it hangs.
  void shed_if_hanging();
  /// It may not get as large as it is to be, for this reason. Between open() and start().
  void note_shortage(const std::string& reason);
  /// Takes the drive out of use. Logged once.
  void fail(const std::string& reason);
  const DriveConfig& config() const { return config_; }
  bool failed() const { return failed_.load(std::memory_order_acquire); }
  /// Lets its thread see that there is a new epoch, or another text of purges.
  void wake();
  /// Waits until it has written that version of the store's purges down. Errors: kUnavailable (it failed), kTimeout
  /// (it has not by then), kNoSpace.
  Result<> wait_for_purges(std::uint64_t version, SteadyTime until);
  void drain();

  void note_corrupt(const SliceKey& key, const Segment& segment, const std::string& reason);
  DriveStatus status() const;
  std::uint64_t size() const { return config_.size; }
  /// Nothing if it never opened.
  const std::optional<DriveId>& id() const { return id_; }
  /// Same for the same drive whatever its path or number; 0 if it never opened.
  std::uint64_t choice_seed() const { return choice_seed_; }

 private:
  struct Job {
    SliceKey key;
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
    Done done;
    bool erases = false;
  };

  using Lock = std::unique_lock<std::mutex>;

  void end_writing();
  void run();
  /// The last that is done with the drive: nothing is read back or written any more, and others may have it.
  void let_go();
  /// Writes the store's epochs down, if that is possible now: at the latest it is when a segment is begun.
  void keep_epochs();
  /// REQUIRES: `lock`, of which it lets go while it writes.
  void keep_purges(Lock& lock);
  bool enqueue(Job& job);
  /// What is done next: what is owed, then what was queued first. REQUIRES: mutex_, and that there is something.
  Job take_job();
  bool can_pay() const { return !owed_.empty() && !owed_waits_; }  // REQUIRES: mutex_
  void owe(const SliceKey& key);
  void complete(const Job& job, bool stored);
  void tell_of_debts();
  bool has_work() const;      // REQUIRES: mutex_
  bool has_seen_all() const;  // REQUIRES: mutex_; of epochs and purges
  /// REQUIRES: has_work(). Lets go of `lock` while it works.
  void work(Lock& lock);
  void seal();
  // All four: REQUIRES: mutex_.
  bool hangs() const;
  std::string why_it_hangs() const;
  void say_that_it_hangs();  // once for each hang
  void end_write();
  bool store(const Job& job);
  void decline(const Done& done);

  const DriveConfig config_;
  const unsigned number_;
  SegmentLog::Shared shared_;
  const Clock& clock_;
  const std::uint64_t queue_limit_;
  std::optional<DriveId> id_;
  std::uint64_t choice_seed_ = 0;
  std::optional<SegmentLog> log_;

  std::atomic<bool> failed_{false};
  std::atomic<std::uint64_t> dropped_writes_{0};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable finished_;
  std::deque<Job> jobs_;
  std::set<SliceKey> owed_;         // erasures that could not be written yet
  bool owed_waits_ = false;         // the last write had no room: the next one that succeeds says that there is some
  std::uint64_t queued_bytes_ = 0;  // and of the one that is being written
  SteadyTime write_began_ = SteadyTime::max();
  bool hang_is_told_ = false;
  std::uint64_t accepted_jobs_ = 0;
  std::uint64_t finished_jobs_ = 0;
  std::string failure_;            // why, once failed
  std::uint64_t seen_epochs_ = 0;  // version of the store's epochs that was written down, or tried to
  std::uint64_t seen_purges_ = 0;  // version of the store's purges for which the same holds
  Result<> kept_purges_;           // how that went
  bool stopping_ = false;
  bool released_ = false;  // nothing more is taken on
  bool let_go_ = false;
  bool forgotten_ = false;
  std::thread thread_;
  std::optional<Scrubber> scrubber_;  // last: its thread uses what is above
};

}  // namespace larder::storage
