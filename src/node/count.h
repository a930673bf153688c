// A number that one thread counts and all may read.
#pragma once

#include <atomic>
#include <cstdint>

namespace larder::node {

// Count: a number with one writer: no locked instruction.
class Count {
 public:
  void add(std::uint64_t value) {
    value_.store(value_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t value) {
    value_.store(value_.load(std::memory_order_relaxed) - value, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace larder::node
