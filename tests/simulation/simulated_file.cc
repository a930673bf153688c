#include "simulation/simulated_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.h"

namespace larder::simulation {
namespace {

using Block = std::array<std::byte, SimulatedFile::kPage>;

std::size_t pages_for(std::uint64_t size) { return (size + SimulatedFile::kPage - 1) / SimulatedFile::kPage; }

void put(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) {
  const ssize_t count = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  CHECK(count == static_cast<ssize_t>(bytes.size()), "memory for a simulated file is short");
}

std::size_t get(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  const ssize_t count = ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset));
  CHECK(count >= 0, "a simulated file can be read");
  return static_cast<std::size_t>(count);
}

}  // namespace

SimulatedFile::SimulatedFile(std::string path)
    : path_(std::move(path)), cache_(::memfd_create("simulated", MFD_CLOEXEC)) {
  CHECK(cache_.number() >= 0, "no descriptor is left for a simulated file");
}

Descriptor SimulatedFile::duplicate() const {
  Descriptor copy(::dup(cache_.number()));
  CHECK(copy.number() >= 0, "no descriptor is left for a simulated file");
  return copy;
}

bool SimulatedFile::resident(std::uint64_t offset) const { return offset >= size_ || pages_[offset / kPage].resident; }

void SimulatedFile::grow(std::uint64_t size) {
  if (pages_.size() < pages_for(size)) pages_.resize(pages_for(size));
  if (medium_.size() < pages_.size() * kPage) medium_.resize(pages_.size() * kPage);
  size_ = std::max(size_, size);
}

void SimulatedFile::write(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (bytes.empty()) return;
  grow(offset + bytes.size());
  put(cache_.number(), bytes, offset);
  for (std::size_t page = offset / kPage; page < pages_for(offset + bytes.size()); ++page)
    pages_[page] = {true, true, false, now_};
}

std::size_t SimulatedFile::read(std::span<std::byte> into, std::uint64_t offset) {
  const std::size_t filled = get(cache_.number(), into, offset);
  bring_in(offset, filled);
  return filled;
}

std::size_t SimulatedFile::read_medium(std::span<std::byte> into, std::uint64_t offset) {
  if (offset >= size_) return 0;
  const std::size_t count = std::min<std::uint64_t>(into.size(), size_ - offset);
  write_back(offset, count);
  std::copy_n(medium_.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
  return count;
}

void SimulatedFile::bring_in(std::uint64_t offset, std::uint64_t length) {
  const std::size_t end = std::min(pages_.size(), pages_for(offset + length));
  for (std::size_t page = offset / kPage; page < end; ++page) {
    pages_[page].resident = true;
    pages_[page].used = now_;
  }
}

void SimulatedFile::truncate(std::uint64_t size) {
  CHECK(::ftruncate(cache_.number(), static_cast<off_t>(size)) == 0, "a simulated file can be cut");
  size_ = std::min(size_, size);
  grow(size);
  pages_.resize(pages_for(size));
  if (size % kPage != 0) pages_.back() = {true, true, false, now_};
}

void SimulatedFile::to_medium(std::size_t page, std::uint64_t bytes) {
  Block block{};
  get(cache_.number(), block, page * kPage);
  std::copy_n(block.begin(), bytes, medium(page).begin());
  pages_[page].dirty = false;
  pages_[page].differs = bytes < kPage;
}

void SimulatedFile::from_medium(std::size_t page) {
  const std::uint64_t begin = page * kPage;
  put(cache_.number(), medium(page).first(std::min(kPage, size_ - begin)), begin);
  pages_[page] = {false, false, false, {}};
}

void SimulatedFile::write_back(std::uint64_t offset, std::uint64_t length) {
  const std::size_t end = std::min(pages_.size(), pages_for(offset + length));
  for (std::size_t page = offset / kPage; page < end; ++page) {
    if (pages_[page].dirty) to_medium(page);
  }
}

void SimulatedFile::sync() {
  write_back(0, size_);
  medium_size_ = size_;
}

void SimulatedFile::drop(std::uint64_t offset, std::uint64_t length) {
  const std::size_t end = std::min(pages_.size(), pages_for(offset + length));
  for (std::size_t page = offset / kPage; page < end; ++page) {
    if (pages_[page].differs) from_medium(page);
    if (!pages_[page].dirty) pages_[page].resident = false;
  }
}

void SimulatedFile::drop_unused(std::uint64_t offset, std::uint64_t length, SteadyTime recently) {
  const std::size_t end = std::min(pages_.size(), pages_for(offset + length));
  for (std::size_t page = offset / kPage; page < end; ++page) {
    if (pages_[page].used < recently) drop(page * kPage, kPage);
  }
}

void SimulatedFile::cut_power(Random& random) {
  for (std::size_t page = 0; page < pages_.size(); ++page) {
    if (!pages_[page].dirty) continue;
    pages_[page].differs = true;
    const std::uint64_t fate = random.below(5);
    if (fate < 2) continue;                                                       // lost
    to_medium(page, fate < 4 ? kPage : random.below(kPage / kSector) * kSector);  // written, or torn
  }
  if (random.happens(5'000)) medium_size_ = size_;
  CHECK(::ftruncate(cache_.number(), static_cast<off_t>(medium_size_)) == 0, "a simulated file can be cut");
  size_ = medium_size_;
  medium_.resize(std::max<std::size_t>(medium_.size(), pages_for(size_) * kPage));
  pages_.resize(pages_for(size_), {false, false, true, {}});
  for (std::size_t page = 0; page < pages_.size(); ++page) {
    if (pages_[page].differs) from_medium(page);
    pages_[page] = {false, false, false, {}};
  }
}

bool SimulatedFile::rot(std::uint64_t offset, unsigned bit) {
  const std::size_t page = offset / kPage;
  if (offset >= size_ || pages_[page].dirty) return false;
  medium_[offset] ^= static_cast<std::byte>(1U << bit);
  pages_[page].differs = true;
  if (!pages_[page].resident) from_medium(page);
  return true;
}

}  // namespace larder::simulation
