// FileSystem: a small file system of a test's own, mounted where nobody else sees it, and gone with the test.
//
// Threads    one: mounts are those of the thread that called own_mounts(), and of what it starts afterwards.
// Errors     all calls throw std::system_error, or std::runtime_error with what a program said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.h"

namespace larder::support {

/// Gives the calling thread mounts of its own: as root, or, where the system lets everybody have one, as root of a user
/// namespace. "", or why that cannot be. Once a process; the latter before it has threads (it has under the thread
/// sanitizer, always).
const std::string& own_mounts();

class FileSystem {
 public:
  enum class Kind {
    kTmpfs,
    kExt4,  // in a file, by a loop device: for root only
  };

  /// "", or why there can be none of this kind here. REQUIRES: own_mounts() said "".
  static const std::string& trouble(Kind kind);

  FileSystem(Kind kind, std::uint64_t size);
  ~FileSystem();  // also while it is in use
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// Where it is mounted for whoever looks after it, always.
  const std::string& root() const { return root_.path(); }
  /// Shows it at `folder` too, as its mount point, for as long as this lives at most.
  void mount_at(const std::string& folder);

  /// A tmpfs gets larger, or smaller, if it has so much free.
  void resize(std::uint64_t size) const;
  std::uint64_t free() const;
  /// Writes a file until there is no byte left.
  void fill() const;
  void unfill() const;
  /// ext4 finds itself damaged, and takes nothing more ("errors=remount-ro"). False: the system does not let us.
  bool find_damage() const;
  /// ext4 as if its device had gone: an error is all it answers.
  void shut_down() const;
  /// ext4 as if its device did not answer: whoever writes waits, until it is let go again. So is one that dies.
  void hang();
  void let_go();
  /// What is to be done to an ext4 after shut_down(); REQUIRES: nobody uses it.
  void mount_again();

 private:
  void mount_image();
  bool order(unsigned long request) const;

  TempDir root_;
  std::optional<TempDir> image_folder_;
  std::vector<std::string> mount_points_;
  bool hangs_ = false;
};

/// Of the mount point `folder`.
void set_read_only(const std::string& folder, bool read_only);
/// Whoever has files of it open keeps them, as after `umount --lazy`.
void unmount_lazily(const std::string& folder);

}  // namespace larder::support
