// FaultyDisk: a disk that tears writes, flips bits, fills up, fails and stalls, in front of a real one.
//
// Faults of chance come from a seed, so that a failing test can be run again; all others are set by the test.
//
// Threads    all calls from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "storage/disk.h"

namespace larder::support {

class FaultyDisk final : public storage::Disk {
 public:
  enum class Operation { kOpen, kRead, kWrite, kSync, kTruncate, kRename, kRemove, kList, kCheckWritable };

  /// Chances from 0 to 1, drawn at every read or write.
  struct Odds {
    double torn_write = 0;   // a part is written and success reported, as a power cut leaves it
    double flipped_bit = 0;  // one bit is written wrong and success reported
    double no_space = 0;     // a part is written and ENOSPC reported
    double write_error = 0;  // a part is written and EIO reported
    double read_error = 0;   // EIO
  };

  FaultyDisk(storage::Disk& inner, std::uint64_t seed) : inner_(inner), random_(seed) {}

  void set_odds(const Odds& odds);
  /// From now on `operation` on paths that contain `path_part` fails with `error_number`.
  void fail(Operation operation, std::string path_part, int error_number);
  /// No more faults, and no limit.
  void heal();
  /// So many more bytes can be written before the disk is full; removing a file gives its bytes back.
  void limit_space(std::uint64_t bytes);
  /// What room() says is free from now on.
  void pretend_free(std::uint64_t bytes);
  /// Writes wait until release_writes().
  void hold_writes();
  void release_writes();
  bool writes_wait();
  /// Reads wait until release_reads().
  void hold_reads();
  void release_reads();
  bool reads_wait();
  /// From now on which_answer() says that the disk of folders whose path contains `path_part` does not; "": all do.
  void hang(std::string path_part) { hanging_ = std::move(path_part); }

  /// Told of each read, by its reader, when its bytes are in memory and the reader has not got them yet.
  void watch_reads(std::function<void()> told) {
    const std::lock_guard lock(mutex_);
    told_of_reads_ = std::move(told);
  }

  std::uint64_t bytes_read() const { return bytes_read_.load(); }

  Result<Descriptor> open(const std::string& path, Open how) override;
  Result<std::size_t> read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) override;
  Result<> write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) override;
  void read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  bool resident(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  void drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  Result<std::size_t> read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) override;
  Result<> write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) override;
  Result<> sync(int descriptor) override;
  Result<> truncate(int descriptor, std::uint64_t size) override;
  Result<std::uint64_t> size(int descriptor) override;
  bool is_removed(int descriptor) override;
  Result<> lock(int descriptor) override;
  Result<> remove(const std::string& path) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<> make_folder(const std::string& path) override;
  Result<> sync_folder(const std::string& path) override;
  Result<Kind> kind(const std::string& path) override;
  Result<std::uint64_t> file_size(const std::string& path) override;
  Result<> check_writable(const std::string& path) override;
  std::vector<bool> which_answer(const std::vector<std::string>& folders) override;
  Result<Room> room(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;

 private:
  void tell_of_read();
  struct Rule {
    Operation operation;
    std::string path_part;
    int error_number;
  };

  Result<> obey(Operation operation, const std::string& path);
  std::string path_of(int descriptor);
  bool happens(double Odds::* which);
  Result<> write_faulty(int descriptor, std::vector<std::byte> bytes, std::uint64_t offset);
  Result<> write_part(int descriptor, std::span<std::byte> bytes, std::uint64_t offset);

  storage::Disk& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::mt19937_64 random_;
  Odds odds_;
  std::vector<Rule> rules_;
  std::map<int, std::string> paths_;  // of descriptors; one that was closed keeps its last
  std::optional<std::uint64_t> space_left_;
  std::optional<std::uint64_t> pretended_free_;
  std::string hanging_;
  bool holding_ = false;
  bool holding_reads_ = false;
  std::function<void()> told_of_reads_;
  int waiting_writes_ = 0;
  int waiting_reads_ = 0;
  std::atomic<std::uint64_t> bytes_read_{0};
};

}  // namespace larder::support
