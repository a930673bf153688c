#include "storage/drive_folder.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <span>
#include <utility>

#include "core/bytes.h"
#include "storage/drive_id.h"
#include "storage/small_file.h"

namespace larder::storage {
namespace {

constexpr std::string_view kFirstLine = "larder drive, format 1\nid ";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::size_t kSegmentDigits = 16;
constexpr std::size_t kIdentityLimit = 4096;

std::string join(std::string_view folder, std::string_view name) { return fmt::format("{}/{}", folder, name); }

std::string identity_text(const DriveId& id) { return fmt::format("{}{}\n", kFirstLine, to_string(id)); }

std::optional<DriveId> parse_identity(std::string_view text) {
  if (!text.starts_with(kFirstLine) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  text.remove_suffix(1);
  return parse_drive_id(text);
}

Result<DriveId> make_identity(Disk& disk, const std::string& path) {
  DriveId id{};
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
    return disk_error(errno, "cannot get random bytes for", path);
  }
  TRY_VOID(replace_file(disk, path, DriveFolder::kIdentityFile, identity_text(id)));
  return id;
}

Result<> make_folder_unless_there(Disk& disk, const std::string& path) {
  TRY(const Disk::Kind kind, disk.kind(path));
  if (kind != Disk::Kind::kNothing) return {};
  auto made = disk.make_folder(path);
  if (made || made.error().code != Errc::kConflict) return made;
  return fail(Errc::kUnavailable, "{}", made.error().text);  // kConflict is another process that uses the drive
}

}  // namespace

Result<DriveFolder> DriveFolder::open(Disk& disk, std::string path) {
  TRY_VOID(make_folder_unless_there(disk, path));
  TRY(Descriptor lock, disk.open(join(path, kLockFile), Disk::Open::kCreateOrOpen));
  if (auto locked = disk.lock(lock.number()); !locked) {
    if (locked.error().code != Errc::kConflict) return std::unexpected(locked.error());
    return fail(Errc::kConflict, "{} is in use by another process; every node needs drives of its own", path);
  }
  DriveFolder folder(std::move(path), std::move(lock));
  TRY(folder.place_, disk.room(folder.path_));
  TRY(const Disk::Kind identity, disk.kind(join(folder.path_, kIdentityFile)));
  if (identity == Disk::Kind::kNothing) {
    folder.is_new_ = true;
    TRY(folder.id_, make_identity(disk, folder.path_));
  } else {
    TRY(folder.id_, read_drive_id(disk, folder.path_));
  }
  TRY(const Disk::Kind segments, disk.kind(folder.segments_path()));
  folder.lost_segments_ = segments == Disk::Kind::kNothing && !folder.is_new_;
  TRY_VOID(make_folder_unless_there(disk, folder.segments_path()));
  return folder;
}

Result<> DriveFolder::check_place(Disk& disk) const {
  const auto now = disk.room(path_);
  if (!now && now.error().code != Errc::kNotFound) return std::unexpected(now.error());
  if (now && now->file_system == place_.file_system && now->folder == place_.folder) return {};
  return fail(Errc::kUnavailable, "{} is {}; is its file system still mounted?", path_,
              now ? "another folder now than at the start" : "not there any more");
}

std::string DriveFolder::segments_path() const { return join(path_, kSegmentsFolder); }

std::string DriveFolder::segment_path(std::uint64_t segment) const {
  return fmt::format("{}/{}/{:016x}{}", path_, kSegmentsFolder, segment, kSegmentSuffix);
}

Result<std::optional<std::string>> DriveFolder::read_text(Disk& disk, std::string_view name) const {
  return read_small_file(disk, join(path_, name), kTextLimit);
}

Result<> DriveFolder::write_text(Disk& disk, std::string_view name, std::string_view text) const {
  TRY_VOID(check_place(disk));
  return replace_file(disk, path_, name, text);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kSegmentDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  const std::string_view digits = name.substr(0, kSegmentDigits);
  if (!std::ranges::all_of(digits, is_digit)) return std::nullopt;
  std::uint64_t id = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
  return id;
}

Result<DriveId> read_drive_id(Disk& disk, const std::string& drive_path) {
  const std::string path = join(drive_path, DriveFolder::kIdentityFile);
  TRY(const auto text, read_small_file(disk, path, kIdentityLimit));
  const auto id = text ? parse_identity(*text) : std::nullopt;
  if (!id)
    return fail(Errc::kCorrupt,
                "{} is damaged or of another version; to begin the drive anew, empty its folder and then: larder-node "
                "drive begin {}",
                path, drive_path);
  return *id;
}

}  // namespace larder::storage
