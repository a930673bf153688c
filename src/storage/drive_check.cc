#include "storage/drive_check.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "storage/drive_folder.h"
#include "storage/place.h"

namespace larder::storage {
namespace {

constexpr std::string_view kWanted = "an empty folder of its own, such as \"/srv/larder/1\"";

// What may lie in the folder of a drive; mkfs makes lost+found.
bool belongs_in_drive(std::string_view name) {
  return name.starts_with(DriveFolder::kOwnPrefix) || name == DriveFolder::kLockFile ||
         name == DriveFolder::kSegmentsFolder || name == "lost+found";
}

// The folder as the system sees it, also when its last component is not made yet.
Result<std::string> resolve(const std::string& path, Disk& disk) {
  if (path.empty()) return fail(Errc::kInvalid, "a drive's path is empty; it must be the absolute path of {}", kWanted);
  if (!path.starts_with('/')) {
    return fail(Errc::kInvalid, "drive {}: the path is relative; it must be the absolute path of {}", path, kWanted);
  }
  std::filesystem::path lexical = std::filesystem::path(path).lexically_normal();
  if (!lexical.has_filename()) lexical = lexical.parent_path();
  TRY(const Disk::Kind kind, disk.kind(lexical));
  std::string resolved;
  if (kind == Disk::Kind::kNothing) {
    const auto parent = disk.canonical(lexical.parent_path());
    if (!parent) {
      return fail(Errc::kInvalid, "drive {}: neither it nor the folder above it is there; make {} first", path,
                  lexical.parent_path().string());
    }
    resolved = (std::filesystem::path(*parent) / lexical.filename()).string();
  } else {
    TRY(resolved, disk.canonical(lexical));
  }
  if (resolved == "/") {
    return fail(Errc::kRefused, "drive {}: the root folder cannot be a drive; give {}", path, kWanted);
  }
  return resolved;
}

Result<> check_writable(const std::string& path, const std::string& folder, Disk& disk) {
  auto writable = disk.check_writable(folder);
  if (writable) return {};
  return fail(writable.error().code,
              "drive {}: this user may not make files in {} ({}); give it the right to, or another folder", path,
              folder, writable.error().text);
}

// Bytes of segments that are there already: room that is ours.
Result<std::uint64_t> check_contents(const std::string& path, const std::string& folder, Disk& disk) {
  TRY(const auto names, disk.list(folder));
  bool is_drive = false;
  bool has_segments = false;
  for (const std::string& name : names) {
    is_drive |= name == DriveFolder::kIdentityFile;
    has_segments |= name == DriveFolder::kSegmentsFolder;
    if (belongs_in_drive(name)) continue;
    return fail(Errc::kRefused, "drive {}: it holds \"{}\", which is not Larder's; give {}", path, name, kWanted);
  }
  if (!is_drive && has_segments) {
    return fail(Errc::kRefused, "drive {}: it holds \"{}\" but no \"{}\" file; give {}", path,
                DriveFolder::kSegmentsFolder, DriveFolder::kIdentityFile, kWanted);
  }
  if (is_drive) {
    TRY_VOID(read_drive_id(disk, folder));
  }
  if (!has_segments) return 0;

  std::uint64_t ours = 0;
  const std::string segments = fmt::format("{}/{}", folder, DriveFolder::kSegmentsFolder);
  TRY(const auto files, disk.list(segments));
  for (const std::string& name : files) {
    if (!parse_segment_name(name)) continue;
    if (auto size = disk.file_size(fmt::format("{}/{}", segments, name))) ours += *size;
  }
  return ours;
}

Result<> check_size(const DriveConfig& config) {
  if (config.size >= kMinDriveSize) return {};
  return fail(Errc::kInvalid, "drive {}: size {} is too small; a drive needs at least {}", config.path,
              size_to_string(config.size), size_to_string(kMinDriveSize));
}

// Nobody can say which of a drive and its copy has what is newer.
Result<> check_no_copy(const std::string& path, const std::string& folder,
                       std::vector<std::pair<DriveId, std::string>>& ids, Disk& disk) {
  const auto id = read_drive_id(disk, folder);
  if (!id) return {};  // not a drive yet, or one that cannot be used: others say so
  for (const auto& [other_id, other] : ids) {
    if (other_id != *id) continue;
    return fail(Errc::kInvalid,
                "drive {}: it and drive {} have the same id, one is a copy of the other; empty the copy's folder", path,
                other);
  }
  ids.emplace_back(*id, path);
  return {};
}

bool is_inside(std::string_view inner, std::string_view outer) {
  return inner.size() > outer.size() && inner.starts_with(outer) && inner[outer.size()] == '/';
}

}  // namespace

Result<> check_drive(const DriveConfig& config, Disk& disk) {
  TRY(const std::string folder, resolve(config.path, disk));
  TRY_VOID(check_size(config));
  TRY(const Disk::Kind kind, disk.kind(folder));
  if (kind == Disk::Kind::kFile || kind == Disk::Kind::kOther) {
    return fail(Errc::kInvalid, "drive {}: it is not a folder; give {}", config.path, kWanted);
  }
  const bool is_there = kind == Disk::Kind::kFolder;
  const std::string existing = is_there ? folder : std::filesystem::path(folder).parent_path().string();
  TRY(const Disk::Kind existing_kind, disk.kind(existing));
  if (existing_kind != Disk::Kind::kFolder) {
    return fail(Errc::kInvalid, "drive {}: {} is not a folder", config.path, existing);
  }
  TRY_VOID(check_writable(config.path, existing, disk));
  std::uint64_t available = 0;
  if (is_there) {
    TRY(available, check_contents(config.path, folder, disk));
  }
  TRY(const std::uint64_t free, disk.free_bytes(existing));
  available += free;
  if (available < config.size) {
    return fail(Errc::kNoSpace, "drive {}: {} are asked for, {} are free; give a smaller size or make room",
                config.path, size_to_string(config.size), size_to_string(available));
  }
  return {};
}

Result<> check_drives_apart(const std::vector<DriveConfig>& configs, Disk& disk) {
  if (configs.size() > Place::kMaxDrives) {
    return fail(Errc::kInvalid, "{} drives are more than a node can have; the limit is {}", configs.size(),
                Place::kMaxDrives);
  }
  std::vector<std::string> folders;
  std::vector<std::pair<DriveId, std::string>> ids;
  for (const DriveConfig& config : configs) {
    TRY(const std::string folder, resolve(config.path, disk));
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const std::string& other = configs[i].path;
      if (folder == folders[i]) {
        return fail(Errc::kInvalid, "drive {}: it is the same folder as drive {}; every drive needs its own",
                    config.path, other);
      }
      if (is_inside(folder, folders[i]) || is_inside(folders[i], folder)) {
        return fail(Errc::kInvalid, "drive {}: it and drive {} lie one inside the other; put them side by side",
                    config.path, other);
      }
    }
    folders.push_back(folder);
    TRY_VOID(check_no_copy(config.path, folder, ids, disk));
  }
  return {};
}

Result<> check_drives(const std::vector<DriveConfig>& configs, Disk& disk) {
  for (const DriveConfig& config : configs) {
    TRY_VOID(check_drive(config, disk));
  }
  return check_drives_apart(configs, disk);
}

}  // namespace larder::storage
