#include "support/faulty_disk.h"

#include <array>
#include <cerrno>
#include <utility>

namespace larder::support {

using storage::disk_error;

void FaultyDisk::set_odds(const Odds& odds) {
  const std::lock_guard lock(mutex_);
  odds_ = odds;
}

void FaultyDisk::fail(Operation operation, std::string path_part, int error_number) {
  const std::lock_guard lock(mutex_);
  rules_.push_back({operation, std::move(path_part), error_number});
}

void FaultyDisk::heal() {
  const std::lock_guard lock(mutex_);
  odds_ = {};
  rules_.clear();
  space_left_.reset();
  pretended_free_.reset();
}

void FaultyDisk::limit_space(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  space_left_ = bytes;
}

void FaultyDisk::pretend_free(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  pretended_free_ = bytes;
}

void FaultyDisk::hold_writes() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

void FaultyDisk::release_writes() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

void FaultyDisk::hold_reads() {
  const std::lock_guard lock(mutex_);
  holding_reads_ = true;
}

void FaultyDisk::release_reads() {
  const std::lock_guard lock(mutex_);
  holding_reads_ = false;
  changed_.notify_all();
}

bool FaultyDisk::writes_wait() {
  const std::lock_guard lock(mutex_);
  return waiting_writes_ > 0;
}

bool FaultyDisk::reads_wait() {
  const std::lock_guard lock(mutex_);
  return waiting_reads_ > 0;
}

Result<> FaultyDisk::obey(Operation operation, const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (const Rule& rule : rules_) {
    if (rule.operation == operation && path.find(rule.path_part) != std::string::npos) {
      return disk_error(rule.error_number, "a fault was asked for", path);
    }
  }
  return {};
}

std::string FaultyDisk::path_of(int descriptor) {
  const std::lock_guard lock(mutex_);
  return paths_[descriptor];
}

bool FaultyDisk::happens(double Odds::* which) {
  const std::lock_guard lock(mutex_);
  const double chance = odds_.*which;
  return chance > 0 && std::uniform_real_distribution<>(0, 1)(random_) < chance;
}

Result<Descriptor> FaultyDisk::open(const std::string& path, Open how) {
  TRY_VOID(obey(Operation::kOpen, path));
  TRY(Descriptor descriptor, inner_.open(path, how));
  const std::lock_guard lock(mutex_);
  paths_[descriptor.number()] = path;
  return descriptor;
}

Result<std::size_t> FaultyDisk::read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  {
    std::unique_lock lock(mutex_);
    ++waiting_reads_;
    changed_.wait(lock, [this] { return !holding_reads_; });
    --waiting_reads_;
  }
  TRY_VOID(obey(Operation::kRead, path_of(descriptor)));
  if (happens(&Odds::read_error)) return disk_error(EIO, "a read fault by chance", path_of(descriptor));
  TRY(const std::size_t count, inner_.read_at(descriptor, into, offset));
  bytes_read_ += count;
  tell_of_read();
  return count;
}

Result<> FaultyDisk::write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) {
  {
    std::unique_lock lock(mutex_);
    ++waiting_writes_;
    changed_.wait(lock, [this] { return !holding_; });
    --waiting_writes_;
  }
  TRY_VOID(obey(Operation::kWrite, path_of(descriptor)));
  std::vector<std::byte> bytes;
  for (const iovec& part : parts) {
    const auto* begin = static_cast<const std::byte*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  return write_faulty(descriptor, std::move(bytes), offset);
}

Result<> FaultyDisk::write_faulty(int descriptor, std::vector<std::byte> bytes, std::uint64_t offset) {
  {
    const std::lock_guard lock(mutex_);
    if (space_left_ && *space_left_ < bytes.size()) {
      return disk_error(ENOSPC, "the faulty disk is full", "");
    }
    if (space_left_) *space_left_ -= bytes.size();
  }
  const bool torn = happens(&Odds::torn_write);
  const bool no_space = happens(&Odds::no_space);
  const bool write_error = happens(&Odds::write_error);
  const bool flipped = happens(&Odds::flipped_bit);
  std::uint64_t draw = 0;
  {
    const std::lock_guard lock(mutex_);
    draw = random_();
  }
  std::size_t count = bytes.size();
  if (torn || no_space || write_error) count = draw % (bytes.size() + 1);
  if (flipped && !bytes.empty()) bytes[draw % bytes.size()] ^= static_cast<std::byte>(1 << (draw >> 61));
  TRY_VOID(write_part(descriptor, std::span(bytes).first(count), offset));
  if (no_space) return disk_error(ENOSPC, "a write fault by chance", path_of(descriptor));
  if (write_error) return disk_error(EIO, "a write fault by chance", path_of(descriptor));
  return {};
}

Result<> FaultyDisk::write_part(int descriptor, std::span<std::byte> bytes, std::uint64_t offset) {
  const std::array parts = {iovec{bytes.data(), bytes.size()}};
  return inner_.write_at(descriptor, parts, offset);
}

void FaultyDisk::read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) {
  inner_.read_ahead(descriptor, offset, length);
}

void FaultyDisk::drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) {
  inner_.drop_cached(descriptor, offset, length);
}

Result<std::size_t> FaultyDisk::read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  TRY_VOID(obey(Operation::kRead, path_of(descriptor)));
  TRY(const std::size_t count, inner_.read_device(descriptor, into, offset));
  bytes_read_ += count;
  tell_of_read();
  return count;
}

void FaultyDisk::tell_of_read() {
  std::function<void()> tell;
  {
    const std::lock_guard lock(mutex_);
    tell = told_of_reads_;
  }
  if (tell) tell();
}

bool FaultyDisk::resident(int descriptor, std::uint64_t offset, std::uint64_t length) {
  return inner_.resident(descriptor, offset, length);
}

Result<> FaultyDisk::write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) {
  TRY_VOID(obey(Operation::kSync, path_of(descriptor)));
  return inner_.write_back(descriptor, offset, length, how);
}

Result<> FaultyDisk::sync(int descriptor) {
  TRY_VOID(obey(Operation::kSync, path_of(descriptor)));
  return inner_.sync(descriptor);
}

Result<> FaultyDisk::truncate(int descriptor, std::uint64_t size) {
  TRY_VOID(obey(Operation::kTruncate, path_of(descriptor)));
  return inner_.truncate(descriptor, size);
}

Result<> FaultyDisk::rename(const std::string& from, const std::string& to) {
  TRY_VOID(obey(Operation::kRename, to));
  return inner_.rename(from, to);
}

Result<> FaultyDisk::remove(const std::string& path) {
  TRY_VOID(obey(Operation::kRemove, path));
  const auto size = inner_.file_size(path);
  TRY_VOID(inner_.remove(path));
  const std::lock_guard lock(mutex_);
  if (space_left_ && size) *space_left_ += *size;
  return {};
}

Result<std::vector<std::string>> FaultyDisk::list(const std::string& path) {
  TRY_VOID(obey(Operation::kList, path));
  return inner_.list(path);
}

std::vector<bool> FaultyDisk::which_answer(const std::vector<std::string>& folders) {
  std::vector<bool> answers;
  for (const std::string& folder : folders) answers.push_back(hanging_.empty() || !folder.contains(hanging_));
  return answers;
}

Result<> FaultyDisk::check_writable(const std::string& path) {
  TRY_VOID(obey(Operation::kCheckWritable, path));
  return inner_.check_writable(path);
}

Result<storage::Disk::Room> FaultyDisk::room(const std::string& path) {
  TRY(Room room, inner_.room(path));
  const std::lock_guard lock(mutex_);
  room.free = pretended_free_.value_or(room.free);
  return room;
}

Result<std::uint64_t> FaultyDisk::size(int descriptor) { return inner_.size(descriptor); }
bool FaultyDisk::is_removed(int descriptor) { return inner_.is_removed(descriptor); }
Result<> FaultyDisk::lock(int descriptor) { return inner_.lock(descriptor); }
Result<> FaultyDisk::make_folder(const std::string& path) { return inner_.make_folder(path); }
Result<> FaultyDisk::sync_folder(const std::string& path) { return inner_.sync_folder(path); }
Result<storage::Disk::Kind> FaultyDisk::kind(const std::string& path) { return inner_.kind(path); }
Result<std::uint64_t> FaultyDisk::file_size(const std::string& path) { return inner_.file_size(path); }
Result<std::string> FaultyDisk::canonical(const std::string& path) { return inner_.canonical(path); }

}  // namespace larder::support
