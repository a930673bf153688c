// SocketFile: a listening Unix stream socket and its file, by which programs on the same machine reach it.
//
// It is made under another name and renamed, with its mode, so that it is never there without listening, and a process
// that takes over from another replaces its file in one step. A file that a dead process left is replaced.
//
// Owns       the descriptor until release(), and the file as long as it is this one's: what another process has put
//            there stays.
// Threads    one at a time.
// Source     unix(7).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>

#include "core/descriptor.h"
#include "core/result.h"

namespace larder::net {

class SocketFile {
 public:
  /// Of a path: what an address of the kernel's holds, with room for the name that it is made under.
  static constexpr std::size_t kMostPath = 103;

  /// Everybody whom `mode` lets write to the file may connect. The folder has to be there. `before`: the process from
  /// which this one takes over, and whose socket it may replace; 0: nobody's. Errors: kInvalid (the path is relative or
  /// too long), kNotFound (no folder), kConflict (somebody else listens, or it is something else than a socket, which
  /// is never removed), kRefused, kUnavailable; each names the path.
  static Result<SocketFile> listen(const std::string& path, mode_t mode, pid_t before = 0);
  /// Whether listen() could do it. Changes nothing. Errors: its.
  static Result<> check(const std::string& path, pid_t before);
  /// The same, but for somebody who listens.
  static Result<> check(const std::string& path);

  SocketFile(SocketFile&& other) noexcept { swap(other); }
  SocketFile& operator=(SocketFile&& other) noexcept {
    swap(other);
    return *this;
  }
  ~SocketFile();

  const std::string& path() const { return path_; }
  /// The listening socket, which is the caller's from now on; non-blocking.
  Descriptor release() { return std::exchange(descriptor_, Descriptor()); }

 private:
  SocketFile() = default;
  void swap(SocketFile& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(descriptor_, other.descriptor_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
  }
  Result<> make(mode_t mode);

  std::string path_;
  Descriptor descriptor_;
  dev_t device_ = 0;  // of the file
  ino_t inode_ = 0;   // 0: it was not made
};

/// A connected socket, each of whose calls blocks for `patience` at most. Errors: kInvalid (the path), kNotFound (no
/// such file), kRefused (no permission), kTimeout (somebody listens and takes no connection), kUnavailable (nobody
/// listens, or another reason); but for the first the text has no path.
Result<Descriptor> connect_socket_file(const std::string& path, std::chrono::milliseconds patience);

}  // namespace larder::net
