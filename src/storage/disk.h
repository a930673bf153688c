// Disk: the one seam between the store and the file system.
//
// All file access of storage/ passes here, so that tests can put a disk that tears, flips, fills up and fails
// underneath (tests/support/faulty_disk.h). Descriptors are the system's own: readers send from them directly.
//
// Threads    all calls from any thread.
// Errors     kNotFound, kRefused (permissions), kNoSpace (file system, quota or descriptors used up),
//            kConflict (already there, or locked by another process), kUnavailable (the device failed).
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/descriptor.h"
#include "core/result.h"

namespace larder::storage {

class Disk {
 public:
  enum class Open { kRead, kReadWrite, kCreate, kCreateOrOpen };  // kCreate: kConflict if it is there
  enum class Kind { kNothing, kFile, kFolder, kOther };
  enum class WriteBack { kStart, kFinish };
  struct Room {
    std::uint64_t file_system = 0;  // another number for another one
    std::uint64_t folder = 0;       // another number for another folder of it, by whatever path
    std::uint64_t free = 0;         // bytes, for this user
  };

  virtual ~Disk() = default;

  /// The kernel reads nothing ahead of what is asked for: nobody would compare that with its checksum.
  virtual Result<Descriptor> open(const std::string& path, Open how) = 0;
  /// Fills `into`; fewer bytes only at the end of the file.
  virtual Result<std::size_t> read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) = 0;
  /// Writes all of `parts` one after the other, or fails with any prefix of them written.
  virtual Result<> write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) = 0;
  /// Asks for the bytes to be read into the page cache. A hint: never fails.
  virtual void read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;
  /// Whether all pages of the range are in the page cache; true too where nobody can tell.
  virtual bool resident(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;
  /// Gives up what the page cache holds of the pages of the range, unless it is dirty. A hint.
  virtual void drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) {
    static_cast<void>(descriptor), static_cast<void>(offset), static_cast<void>(length);
  }
  /// As read_at(), but from the device and not from the page cache, which stays as it is. Where a file system cannot do
  /// that, it is read_at(), and what that brought into the page cache is dropped again.
  /// REQUIRES: `into`, its size and `offset` at multiples of 4096.
  virtual Result<std::size_t> read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
    return read_at(descriptor, into, offset);
  }
  /// Sends dirty pages of the range to the device: starts that, or waits until it is done.
  virtual Result<> write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) = 0;
  virtual Result<> sync(int descriptor) = 0;
  virtual Result<> truncate(int descriptor, std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size(int descriptor) = 0;
  /// Whether its file has no name any more. Never waits for the disk.
  virtual bool is_removed(int descriptor) = 0;
  /// Until the descriptor closes, no other process gets it. Errors: kConflict.
  virtual Result<> lock(int descriptor) = 0;

  virtual Result<> remove(const std::string& path) = 0;
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  /// Names in the folder, without "." and "..", sorted.
  virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  /// With mode 0750.
  virtual Result<> make_folder(const std::string& path) = 0;
  virtual Result<> sync_folder(const std::string& path) = 0;
  /// Of what links lead to; kOther for a link to nothing.
  virtual Result<Kind> kind(const std::string& path) = 0;
  virtual Result<std::uint64_t> file_size(const std::string& path) = 0;
  /// Errors: kRefused if this process may not make files in the folder.
  virtual Result<> check_writable(const std::string& path) = 0;
  /// Of each of these folders, or the one above where it is not there, whether its disk answers, with whatever. One
  /// that hangs would hold whoever asks it anything else. Bounded.
  virtual std::vector<bool> which_answer(const std::vector<std::string>& folders) {
    return std::vector<bool>(folders.size(), true);
  }
  /// Of the file system that the folder is on.
  virtual Result<Room> room(const std::string& path) = 0;
  /// The path without links and dots. Errors: kNotFound.
  virtual Result<std::string> canonical(const std::string& path) = 0;
};

/// The error of a failed file operation, in the codes of this interface.
[[nodiscard]] std::unexpected<Error> disk_error(int error_number, std::string_view what, std::string_view path);

}  // namespace larder::storage
