// StoreEpochs: the epochs of a running store, which all of its drives go by.
//
// A drive that fails begins a new epoch at once, before anything is written elsewhere instead of on it; each drive that
// is left writes that down before it begins its next segment (segment_log.h).
//
// Threads    all calls from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "storage/epochs.h"

namespace larder::storage {

class StoreEpochs {
 public:
  void start(Epochs epochs) {
    const std::lock_guard lock(mutex_);
    set(std::move(epochs));
  }
  void leave(const DriveId& drive, const std::atomic<std::uint64_t>& next_segment) {
    const std::lock_guard lock(mutex_);
    Epochs next = *now_;
    next.leave(drive, next_segment.load());
    set(std::move(next));
  }

  /// What announce() runs. Before any thread announces.
  void on_change(std::function<void()> tell) { tell_ = std::move(tell); }
  /// Tells the drives of a new epoch, at once. Hold no lock that on_change()'s function takes.
  void announce() const {
    if (tell_) tell_();
  }

  std::shared_ptr<const Epochs> now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  /// Another after every change. Who has seen one gets segment ids that belong to its epochs.
  std::uint64_t version() const { return version_.load(); }

 private:
  void set(Epochs epochs) {
    now_ = std::make_shared<const Epochs>(std::move(epochs));
    version_.fetch_add(1);
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Epochs> now_ = std::make_shared<const Epochs>();
  std::atomic<std::uint64_t> version_{0};
  std::function<void()> tell_;
};

}  // namespace larder::storage
