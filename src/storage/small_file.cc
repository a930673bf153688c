#include "storage/small_file.h"

#include <array>
#include <span>
#include <utility>

#include "core/bytes.h"

namespace larder::storage {

Result<std::optional<std::string>> read_small_file(Disk& disk, const std::string& path, std::uint64_t limit) {
  using Text = std::optional<std::string>;
  TRY(const Disk::Kind kind, disk.kind(path));
  if (kind == Disk::Kind::kNothing) return Text();
  if (kind != Disk::Kind::kFile) return fail(Errc::kCorrupt, "{} is no file", path);
  TRY(const Descriptor file, disk.open(path, Disk::Open::kRead));
  TRY(const std::uint64_t size, disk.size(file.number()));
  if (size > limit) return fail(Errc::kCorrupt, "{} is {}, more than it can be", path, size_to_string(size));
  std::string text(size, '\0');
  TRY(const std::size_t count, disk.read_at(file.number(), std::as_writable_bytes(std::span(text)), 0));
  text.resize(count);
  return Text(std::move(text));
}

// The new text gets its name when all of it is on the device.
Result<> replace_file(Disk& disk, const std::string& folder, std::string_view name, std::string_view text) {
  const std::string path = fmt::format("{}/{}", folder, name);
  const std::string under_way = path + ".new";
  {
    TRY(const Descriptor file, disk.open(under_way, Disk::Open::kCreateOrOpen));
    const std::array parts = {iovec{const_cast<char*>(text.data()), text.size()}};
    TRY_VOID(disk.truncate(file.number(), 0));
    TRY_VOID(disk.write_at(file.number(), parts, 0));
    TRY_VOID(disk.sync(file.number()));
  }
  TRY_VOID(disk.rename(under_way, path));
  return disk.sync_folder(folder);
}

}  // namespace larder::storage
