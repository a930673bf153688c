#include "cache/fill_memory.h"

#include <utility>

#include "storage/slice_key.h"

namespace larder::cache {

SliceBuffer::SliceBuffer(SliceBuffer&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)) {}

SliceBuffer& SliceBuffer::operator=(SliceBuffer&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

SliceBuffer::~SliceBuffer() {
  if (owner_ != nullptr) owner_->give_back(std::move(bytes_), size_);
}

std::optional<SliceBuffer> FillMemory::try_take(std::uint32_t size) { return take_or_wait(size, nullptr); }

std::optional<SliceBuffer> FillMemory::take_or_wait(std::uint32_t size, const std::shared_ptr<net::Wakeup>& wakeup) {
  std::unique_ptr<std::byte[]> bytes;
  {
    const std::lock_guard lock(mutex_);
    // One buffer is always to be had, or a limit below a slice would stop every fill for ever.
    if (used_ > 0 && used_ + size > limit_) {
      if (wakeup) waiting_.push_back(wakeup);
      return std::nullopt;
    }
    used_ += size;
    if (size == storage::kSliceSize && !spare_.empty()) {
      bytes = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!bytes) bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  return SliceBuffer(this, std::move(bytes), size);
}

void FillMemory::give_back(std::unique_ptr<std::byte[]> bytes, std::uint32_t size) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    used_ -= size;
    if (size == storage::kSliceSize && spare_.size() < kSpareBuffers) spare_.push_back(std::move(bytes));
    waiting.swap(waiting_);
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

std::uint64_t FillMemory::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

}  // namespace larder::cache
