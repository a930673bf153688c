// DriveFolder: a folder that is a drive: its identity file, its lock, the names of its segments.
//
//   larder-drive            what it is: format version and random id, as text
//   larder-epochs           with which drives it was in use, and when (epochs.h), as text
//   larder-purges           what was purged (cache/purge_list.h), as text
//   larder-scrub            how far it was scrubbed (scrub_walk.h), as text
//   lock                    locked while a node uses the drive
//   segments/<16 hex>.seg   named by segment id
//
// Owns       the lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/descriptor.h"
#include "storage/disk.h"
#include "storage/segment_format.h"

namespace larder::storage {

class DriveFolder {
 public:
  static constexpr std::string_view kIdentityFile = "larder-drive";
  static constexpr std::string_view kEpochsFile = "larder-epochs";
  static constexpr std::string_view kPurgesFile = "larder-purges";
  static constexpr std::string_view kScrubFile = "larder-scrub";
  /// What later versions keep beside these begins with it too; so a drive can go back to an earlier one.
  static constexpr std::string_view kOwnPrefix = "larder-";
  static constexpr std::string_view kLockFile = "lock";
  static constexpr std::string_view kSegmentsFolder = "segments";

  /// Makes what is missing (the last folder of `path` too) and locks. REQUIRES: check_drives() found it good.
  /// Errors: kConflict (another process uses it), kCorrupt (its identity file is damaged), and those of Disk.
  static Result<DriveFolder> open(Disk& disk, std::string path);

  const std::string& path() const { return path_; }
  const DriveId& id() const { return id_; }
  /// It was no drive before open().
  bool is_new() const { return is_new_; }
  /// It was one, and had no folder for its segments, which is made anew: what it held is gone.
  bool lost_segments() const { return lost_segments_; }
  /// Another process may have it.
  void unlock() { lock_ = Descriptor(); }
  /// Whether its path still leads to this folder: it does not when its file system was unmounted while files of it are
  /// open. Before anything is made there. Errors: kUnavailable, saying so, and those of Disk.
  Result<> check_place(Disk& disk) const;

  std::string segments_path() const;
  std::string segment_path(std::uint64_t segment) const;

  /// The whole of one of the files above; nothing if it is not there. Errors: kCorrupt (too long), and those of Disk.
  Result<std::optional<std::string>> read_text(Disk& disk, std::string_view name) const;
  /// Replaces one of them: after a crash it is as it was before or as it is to be. Errors: as check_place().
  Result<> write_text(Disk& disk, std::string_view name, std::string_view text) const;

  /// Bytes that one of them may have.
  static constexpr std::size_t kTextLimit = 512 * kKiB;

 private:
  DriveFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;
  Disk::Room place_;  // when it was opened
  DriveId id_{};
  bool is_new_ = false;
  bool lost_segments_ = false;
};

/// Of "00000000000000ff.seg": 255; nothing for names that are none of ours.
std::optional<std::uint64_t> parse_segment_name(std::string_view name);

/// What the identity file of a drive says. Errors: kCorrupt, and those of Disk.
Result<DriveId> read_drive_id(Disk& disk, const std::string& drive_path);

}  // namespace larder::storage
