// Gate: holds the bytes of an object back at an offset until the test moves it: order without clocks.
//
// Threads    all calls from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>

namespace larder::support {

class Gate {
 public:
  /// Bytes of the object below `offset` may pass.
  explicit Gate(std::uint64_t offset = 0) : limit_(offset) {}

  /// Moves the limit up; never down.
  void open_to(std::uint64_t offset);
  void open() { open_to(std::numeric_limits<std::uint64_t>::max()); }

  /// Waits until the byte at `offset` may pass; the offset that may not.
  std::uint64_t pass(std::uint64_t offset);
  /// Waits until somebody stands before the gate. False: nobody came (a safety net, not a measure).
  bool wait_for_arrival();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t limit_;
  std::size_t waiting_ = 0;
};

}  // namespace larder::support
