#include "cache/fill_memory.h"

#include <algorithm>
#include <utility>

#include "storage/slice_key.h"

namespace larder::cache {
namespace {

// Of what a party holds, what does not come from the half for first buffers.
std::uint64_t shared_part(std::uint64_t held) { return held - std::min(held, storage::kSliceSize); }

}  // namespace

SliceBuffer::SliceBuffer(SliceBuffer&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)),
      party_(other.party_) {}

SliceBuffer& SliceBuffer::operator=(SliceBuffer&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  std::swap(party_, other.party_);
  return *this;
}

SliceBuffer::~SliceBuffer() {
  if (owner_ != nullptr) owner_->give_back(std::move(bytes_), size_, party_);
}

std::optional<SliceBuffer> FillMemory::try_take(std::uint32_t size, std::uint64_t party) {
  return take_or_wait(size, party, nullptr);
}

bool FillMemory::may_take(std::uint32_t size, std::uint64_t party) const {
  // One buffer is always to be had, or a limit below a slice would stop every fill for ever.
  if (used_ == 0) return true;
  if (used_ + charge(size) > limit_) return false;
  const auto found = used_by_.find(party);
  if (found == used_by_.end()) return true;
  const std::uint64_t held = found->second + charge(size);
  const std::uint64_t half = limit_ / 2;
  return shared_part(held) <= 2 * (half - std::min(half, shared_used_));
}

void FillMemory::account(std::uint64_t party, std::uint64_t held) {
  std::uint64_t& now = used_by_[party];
  used_ = used_ - now + held;
  shared_used_ = shared_used_ - shared_part(now) + shared_part(held);
  now = held;
  if (held == 0) used_by_.erase(party);
}

std::optional<SliceBuffer> FillMemory::take_or_wait(std::uint32_t size, std::uint64_t party,
                                                    const std::shared_ptr<net::Wakeup>& wakeup) {
  std::unique_ptr<std::byte[]> bytes;
  {
    const std::lock_guard lock(mutex_);
    if (!may_take(size, party)) {
      if (wakeup) waiting_.push_back(wakeup);
      return std::nullopt;
    }
    account(party, used_by_[party] + charge(size));
    if (size == storage::kSliceSize && !spare_.empty()) {
      bytes = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!bytes) bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  return SliceBuffer(this, std::move(bytes), size, party);
}

void FillMemory::give_back(std::unique_ptr<std::byte[]> bytes, std::uint32_t size, std::uint64_t party) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    account(party, used_by_[party] - charge(size));
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
