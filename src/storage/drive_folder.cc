#include "storage/drive_folder.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <span>
#include <utility>

#include "core/bytes.h"

namespace larder::storage {
namespace {

constexpr std::string_view kFirstLine = "larder drive, format 1\nid ";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr std::size_t kSegmentDigits = 16;
constexpr std::size_t kIdentityLimit = 4096;
constexpr std::size_t kTextLimit = 512 * kKiB;  // 64 epochs of 64 drives take half of it

std::string join(std::string_view folder, std::string_view name) { return fmt::format("{}/{}", folder, name); }

std::string identity_text(const DriveId& id) {
  std::string text(kFirstLine);
  for (const std::byte byte : id) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned>(byte));
  return text + "\n";
}

std::optional<DriveId> parse_identity(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  DriveId id{};
  const std::string_view digits = text.substr(kFirstLine.size());
  if (digits.size() != 2 * id.size() + 1 || digits.back() != '\n') return std::nullopt;
  for (std::size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    const char* begin = digits.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    id[i] = static_cast<std::byte>(value);
  }
  return id;
}

// The new text gets its name when all of it is on the device.
Result<> replace_file(Disk& disk, const std::string& folder, std::string_view name, std::string_view text) {
  const std::string under_way = join(folder, fmt::format("{}.new", name));
  {
    TRY(const Descriptor file, disk.open(under_way, Disk::Open::kCreateOrOpen));
    const std::array parts = {iovec{const_cast<char*>(text.data()), text.size()}};
    TRY_VOID(disk.truncate(file.number(), 0));
    TRY_VOID(disk.write_at(file.number(), parts, 0));
    TRY_VOID(disk.sync(file.number()));
  }
  TRY_VOID(disk.rename(under_way, join(folder, name)));
  return disk.sync_folder(folder);
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
  TRY(const Disk::Kind identity, disk.kind(join(folder.path_, kIdentityFile)));
  if (identity == Disk::Kind::kNothing) {
    folder.is_new_ = true;
    TRY(folder.id_, make_identity(disk, folder.path_));
  } else {
    TRY(folder.id_, read_drive_id(disk, folder.path_));
  }
  TRY_VOID(make_folder_unless_there(disk, folder.segments_path()));
  return folder;
}

std::string DriveFolder::segments_path() const { return join(path_, kSegmentsFolder); }

std::string DriveFolder::segment_path(std::uint64_t segment) const {
  return fmt::format("{}/{}/{:016x}{}", path_, kSegmentsFolder, segment, kSegmentSuffix);
}

Result<std::optional<std::string>> DriveFolder::read_text(Disk& disk, std::string_view name) const {
  using Text = std::optional<std::string>;
  const std::string path = join(path_, name);
  TRY(const Disk::Kind kind, disk.kind(path));
  if (kind == Disk::Kind::kNothing) return Text();
  TRY(const Descriptor file, disk.open(path, Disk::Open::kRead));
  TRY(const std::uint64_t size, disk.size(file.number()));
  if (size > kTextLimit) return fail(Errc::kCorrupt, "{} is {}, more than it can be", path, size_to_string(size));
  std::string text(size, '\0');
  TRY(const std::size_t count, disk.read_at(file.number(), std::as_writable_bytes(std::span(text)), 0));
  text.resize(count);
  return Text(std::move(text));
}

Result<> DriveFolder::write_text(Disk& disk, std::string_view name, std::string_view text) const {
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
  TRY(const Descriptor file, disk.open(path, Disk::Open::kRead));
  std::array<char, kIdentityLimit> text{};
  TRY(const std::size_t count, disk.read_at(file.number(), std::as_writable_bytes(std::span(text)), 0));
  const auto id = parse_identity(std::string_view(text.data(), count));
  if (!id)
    return fail(Errc::kCorrupt, "{} is damaged or of another version; empty the drive's folder to start anew", path);
  return *id;
}

}  // namespace larder::storage
