#include "storage/known_drives.h"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <utility>

#include "core/bytes.h"
#include "core/json.h"
#include "storage/drive_id.h"
#include "storage/small_file.h"

namespace larder::storage {
namespace {

constexpr int kFormat = 1;
constexpr std::uint64_t kLimit = 2 * kMiB;  // so many of the longest paths

/// However often it is written with a slash too many.
std::string key_of(std::string_view path) {
  std::string key = std::filesystem::path(path).lexically_normal();
  if (key.size() > 1 && key.ends_with('/')) key.pop_back();
  return key;
}

std::string_view text_of(const boost::json::value& value, std::string_view name) {
  const boost::json::object* object = value.if_object();
  const boost::json::value* member = object == nullptr ? nullptr : object->if_contains(name);
  const boost::json::string* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

}  // namespace

Result<KnownDrives> KnownDrives::parse(std::string_view text) {
  const auto document = parse_json_object(text);
  if (!document) return fail(Errc::kCorrupt, "{}", document.error().text);
  const boost::json::value* format = document->if_contains("format");
  if (format == nullptr || *format != boost::json::value(kFormat)) {
    return fail(Errc::kCorrupt, "its \"format\" is not {}", kFormat);
  }
  const boost::json::value* drives = document->if_contains("drives");
  if (drives == nullptr || !drives->is_array()) return fail(Errc::kCorrupt, "its \"drives\" are no list");
  KnownDrives known;
  for (const boost::json::value& drive : drives->get_array()) {
    const std::string_view path = text_of(drive, "path");
    const auto id = parse_drive_id(text_of(drive, "id"));
    if (path.empty() || !id) return fail(Errc::kCorrupt, "a drive in it has no \"path\", or no \"id\" of 32 digits");
    known.note(std::string(path), *id);
  }
  return known;
}

std::string KnownDrives::serialize() const {
  boost::json::array drives;
  for (const Known& each : all_) drives.push_back({{"path", each.path}, {"id", to_string(each.id)}});
  const boost::json::object document = {{"format", kFormat}, {"drives", std::move(drives)}};
  return boost::json::serialize(document) + "\n";
}

Result<KnownDrives> KnownDrives::read(Disk& disk, const std::string& folder) {
  if (folder.empty()) return KnownDrives();
  const std::string path = fmt::format("{}/{}", folder, kFile);
  // A folder that may still be made is one thing, and one whose own file system is not mounted another.
  TRY(const Disk::Kind kind, disk.kind(folder));
  const std::string above = std::filesystem::path(folder).parent_path();
  TRY(const Disk::Kind kind_above, disk.kind(above));
  const bool may_be_made = kind == Disk::Kind::kNothing && kind_above == Disk::Kind::kFolder;
  if (kind != Disk::Kind::kFolder && !may_be_made) {
    return fail(Errc::kCorrupt, "{} cannot be looked into: {} is no folder", path,
                kind == Disk::Kind::kNothing ? above : folder);
  }
  TRY(const auto text, read_small_file(disk, path, kLimit));
  if (!text) return KnownDrives();
  auto known = parse(*text);
  if (!known) {
    return fail(Errc::kCorrupt, "{} is damaged: {}; delete it once all drives are mounted", path, known.error().text);
  }
  return known;
}

Result<> KnownDrives::write(Disk& disk, const std::string& folder) const {
  TRY(const Disk::Kind kind, disk.kind(folder));
  if (kind == Disk::Kind::kNothing) {
    TRY_VOID(disk.make_folder(folder));
  }
  return replace_file(disk, folder, kFile, serialize());
}

Result<> KnownDrives::check(Disk& disk, const std::string& folder) {
  TRY_VOID(read(disk, folder));
  TRY(const Disk::Kind kind, disk.kind(folder));
  if (kind == Disk::Kind::kFolder) return disk.check_writable(folder);
  if (kind != Disk::Kind::kNothing) return fail(Errc::kInvalid, "{} is not a folder", folder);
  return disk.check_writable(std::filesystem::path(folder).parent_path());
}

std::optional<DriveId> KnownDrives::find(std::string_view path) const {
  const auto found = std::ranges::find(all_, key_of(path), &Known::path);
  if (found == all_.end()) return std::nullopt;
  return found->id;
}

bool KnownDrives::note(const std::string& path, const DriveId& id) {
  std::string key = key_of(path);
  const auto found = std::ranges::find(all_, key, &Known::path);
  if (found != all_.end()) return std::exchange(found->id, id) != id;
  if (all_.size() == kMost) all_.erase(all_.begin());
  all_.push_back({std::move(key), id});
  return true;
}

}  // namespace larder::storage
