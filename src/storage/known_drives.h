// KnownDrives: which folders were drives of this node, kept beside the drives: a folder whose file system is not
// mounted is empty, and nothing in it tells that it was one.
//
// Threads    a value.
// Source     docs/formats/known-drives.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "storage/disk.h"
#include "storage/segment_format.h"

namespace larder::storage {

class KnownDrives {
 public:
  static constexpr std::string_view kFile = "drives.json";
  /// More are not kept: those that were noted first go.
  static constexpr std::size_t kMost = 256;

  /// Errors: kCorrupt, saying what is wrong.
  static Result<KnownDrives> parse(std::string_view text);
  std::string serialize() const;
  /// Of that file in `folder`; none if it is not there, or can be made, or `folder` is "". Errors: kCorrupt, and those
  /// of Disk, naming the file.
  static Result<KnownDrives> read(Disk& disk, const std::string& folder);
  /// Makes the folder, if only that is missing. Errors: of Disk.
  Result<> write(Disk& disk, const std::string& folder) const;
  /// Whether both could be done. Changes nothing. Errors: as theirs.
  static Result<> check(Disk& disk, const std::string& folder);

  /// The drive that was there last; nothing: none ever was.
  std::optional<DriveId> find(std::string_view path) const;
  /// The drive that is there now. Whether that is news.
  bool note(const std::string& path, const DriveId& id);

 private:
  struct Known {
    std::string path;  // as the configuration has it, without dots and a slash at its end
    DriveId id{};
  };

  std::vector<Known> all_;
};

}  // namespace larder::storage
