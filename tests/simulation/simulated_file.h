// SimulatedFile: one file twice: as the page cache shows it, and as the medium holds it.
//
// What is written is in the page cache only, until it is written back; a power cut leaves what the medium has. A page
// that was dropped shows the medium's bytes from then on, with all that has rotted there.
//
// Owns       a memfd, the page cache's view: its descriptor can be given to sendfile() and pread() like a file's.
// Threads    one.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/descriptor.h"
#include "simulation/random.h"

namespace larder::simulation {

class SimulatedFile {
 public:
  static constexpr std::uint64_t kPage = 4096;
  static constexpr std::uint64_t kSector = 512;  // what a device writes as one

  explicit SimulatedFile(std::string path);

  const std::string& path() const { return path_; }
  /// Another descriptor of the page cache's view.
  Descriptor duplicate() const;

  std::uint64_t size() const { return size_; }
  std::size_t pages() const { return pages_.size(); }
  bool resident(std::uint64_t offset) const;
  bool dirty(std::size_t page) const { return pages_[page].dirty; }

  void write(std::span<const std::byte> bytes, std::uint64_t offset);
  /// Brings the pages in, and no others. Fewer bytes only at the end.
  std::size_t read(std::span<std::byte> into, std::uint64_t offset);
  /// What the medium holds, once the range was written back; the page cache stays as it is.
  std::size_t read_medium(std::span<std::byte> into, std::uint64_t offset);
  void bring_in(std::uint64_t offset, std::uint64_t length);
  void truncate(std::uint64_t size);

  /// Sends the dirty pages of the range to the medium, not the size.
  void write_back(std::uint64_t offset, std::uint64_t length);
  /// All of it, and the size.
  void sync();
  /// Drops pages that are not dirty from the page cache.
  void drop(std::uint64_t offset, std::uint64_t length);
  /// As drop(), but for pages that were read in or written since `recently`: kernels keep those.
  void drop_unused(std::uint64_t offset, std::uint64_t length, SteadyTime recently);
  /// What is read or written from now on is used at this time.
  void set_time(SteadyTime now) { now_ = now; }
  /// What the medium has, by chance more, and blocks half old and half new.
  void cut_power(Random& random);
  /// Flips a bit on the medium; false if the medium has nothing there yet.
  bool rot(std::uint64_t offset, unsigned bit);

 private:
  struct Page {
    bool dirty = false;
    bool resident = true;
    bool differs = false;  // from the medium, although it is not dirty: bits have rotted there
    SteadyTime used{};
  };

  void grow(std::uint64_t size);
  void to_medium(std::size_t page, std::uint64_t bytes = kPage);
  void from_medium(std::size_t page);
  std::span<std::byte> medium(std::size_t page) { return std::span(medium_).subspan(page * kPage, kPage); }

  std::string path_;
  Descriptor cache_;
  std::vector<Page> pages_;
  std::vector<std::byte> medium_;  // whole pages, zero where nothing was written
  std::uint64_t size_ = 0;
  std::uint64_t medium_size_ = 0;
  SteadyTime now_{};
};

}  // namespace larder::simulation
