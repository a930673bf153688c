#include "cache/fill_memory.h"

#include <algorithm>
#include <utility>

#include "storage/slice_key.h"

namespace larder::cache {
namespace {

// What is left of `whole`.
std::uint64_t left(std::uint64_t whole, std::uint64_t used) { return whole - std::min(whole, used); }

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

std::optional<SliceBuffer> FillMemory::try_take(std::uint32_t size, FillParty party) {
  return take_or_wait(size, party, nullptr);
}

FillMemory::Held FillMemory::held_by(std::uint64_t origin) const {
  const auto found = by_origin_.find(origin);
  return found == by_origin_.end() ? Held() : found->second;
}

FillMemory::Held FillMemory::with(std::uint64_t origin, std::uint64_t more) const {
  Held held = held_by(origin);
  const std::uint64_t room = std::min(left(storage::kSliceSize, held.first), left(limit_ / 2, used_by_all_.first));
  const std::uint64_t first = std::min(more, room);
  held.first += first;
  held.shared += more - first;
  return held;
}

FillMemory::Held FillMemory::without(std::uint64_t origin, std::uint64_t less) const {
  Held held = held_by(origin);
  const std::uint64_t shared = std::min(less, held.shared);
  held.shared -= shared;
  held.first -= less - shared;
  return held;
}

bool FillMemory::may_take(std::uint32_t size, FillParty party) const {
  // One buffer is always to be had, or a limit below a slice would stop every fill for ever.
  const std::uint64_t used = used_by_all_.all();
  if (used == 0) return true;
  if (used + charge(size) > limit_) return false;
  if (party.client != 0) {
    const auto found = by_client_.find(party.client);
    const std::uint64_t held = found == by_client_.end() ? 0 : found->second;
    if (held + charge(size) > 2 * (limit_ - used)) return false;
  }
  const Held before = held_by(party.origin);
  const Held after = with(party.origin, charge(size));
  if (after.shared == before.shared) return true;
  const std::uint64_t free = left(limit_ - limit_ / 2, used_by_all_.shared);
  return after.shared - before.shared <= free && after.shared <= 2 * free;
}

void FillMemory::account(FillParty party, Held now) {
  const Held before = held_by(party.origin);
  used_by_all_.first = used_by_all_.first - before.first + now.first;
  used_by_all_.shared = used_by_all_.shared - before.shared + now.shared;
  by_origin_[party.origin] = now;
  if (now.all() == 0) by_origin_.erase(party.origin);
  if (party.client == 0) return;
  std::uint64_t& of_client = by_client_[party.client];
  of_client = of_client - before.all() + now.all();
  if (of_client == 0) by_client_.erase(party.client);
}

void FillMemory::add_waiting(const std::shared_ptr<net::Wakeup>& wakeup) {
  if (is_waiting_.insert(wakeup.get()).second) waiting_.push_back(wakeup);
}

std::optional<SliceBuffer> FillMemory::take_or_wait(std::uint32_t size, FillParty party,
                                                    const std::shared_ptr<net::Wakeup>& wakeup) {
  std::unique_ptr<std::byte[]> bytes;
  {
    const std::lock_guard lock(mutex_);
    if (!may_take(size, party)) {
      if (wakeup) add_waiting(wakeup);
      return std::nullopt;
    }
    account(party, with(party.origin, charge(size)));
    if (size == storage::kSliceSize && !spare_.empty()) {
      bytes = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!bytes) bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  return SliceBuffer(this, std::move(bytes), size, party);
}

void FillMemory::give_back(std::unique_ptr<std::byte[]> bytes, std::uint32_t size, FillParty party) {
  std::vector<std::shared_ptr<net::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    account(party, without(party.origin, charge(size)));
    if (size == storage::kSliceSize && spare_.size() < kSpareBuffers) spare_.push_back(std::move(bytes));
    waiting.swap(waiting_);
    is_waiting_.clear();
  }
  for (const auto& wakeup : waiting) wakeup->notify();
}

std::uint64_t FillMemory::used() const {
  const std::lock_guard lock(mutex_);
  return used_by_all_.all();
}

std::size_t FillMemory::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace larder::cache
