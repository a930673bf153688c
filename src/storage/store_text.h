// StoreText: a small text that all drives of a running store keep, each in a file of its own.
//
// Threads    all calls from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace larder::storage {

class StoreText {
 public:
  /// Another one from now on. Its version.
  std::uint64_t set(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::make_shared<const std::string>(std::move(text));
    return version_.fetch_add(1) + 1;
  }

  /// REQUIRES: version() is not 0.
  std::shared_ptr<const std::string> now() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  /// Of which now() is that text, or a later one; 0: there is none yet.
  std::uint64_t version() const { return version_.load(); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const std::string> text_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace larder::storage
