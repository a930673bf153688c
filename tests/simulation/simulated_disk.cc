#include "simulation/simulated_disk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/bytes.h"
#include "core/check.h"

namespace larder::simulation {

using storage::disk_error;

namespace {

// A kernel does not give up within seconds what is in use (cache/hot_slices.h relies on it).
constexpr auto kUsedRecently = std::chrono::seconds(6);
constexpr std::uint64_t kRoom = 1 * kGiB;

std::string folder_of(std::string_view path) { return std::string(path.substr(0, path.rfind('/'))); }

}  // namespace

void SimulatedDisk::add_drive(const std::string& path) {
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    folders_.insert(path.substr(0, end));
  }
  folders_.insert(path);
  folders_.insert(path + "/segments");
  drives_.insert(path);
  std::string text = "larder drive, format 1\nid ";
  for (int i = 0; i < 2; ++i) fmt::format_to(std::back_inserter(text), "{:016x}", random_.next());
  text += '\n';
  auto file = std::make_shared<SimulatedFile>(path + "/larder-drive");
  file->write(std::as_bytes(std::span(text)), 0);
  file->sync();
  names_[file->path()] = durable_names_[file->path()] = file;
}

std::string SimulatedDisk::drive_of(std::string_view path) const {
  for (const std::string& drive : drives_) {
    if (path == drive || (path.starts_with(drive) && path[drive.size()] == '/')) return drive;
  }
  return {};
}

Result<> SimulatedDisk::reach(const std::string& path) {
  if (!detached_ && !gone_.contains(drive_of(path))) return {};
  if (!detached_) ++counters_.failed_calls;
  return disk_error(EIO, "the drive is gone:", path);
}

Result<> SimulatedDisk::call(SimulatedFile& file, Call call) {
  TRY_VOID(reach(file.path()));
  const std::string drive = drive_of(file.path());
  if (pause_) pause_(drive, call);
  TRY_VOID(reach(file.path()));
  if (failing_.erase({drive, call}) == 0) return {};
  ++counters_.failed_calls;
  trace_.note("disk: {} fails with EIO", file.path());
  return disk_error(EIO, "a fault of the device:", file.path());
}

// --- what happens to it ---

void SimulatedDisk::cut_power() {
  // A journal keeps changes of names in order: what came first is sure first.
  const std::size_t sure = random_.below(unsure_.size() + 1);
  for (std::size_t i = 0; i < sure; ++i) {
    if (unsure_[i].file) {
      durable_names_[unsure_[i].path] = unsure_[i].file;
    } else {
      durable_names_.erase(unsure_[i].path);
    }
  }
  unsure_.clear();
  names_ = durable_names_;
  for (const auto& [path, file] : names_) {
    file->cut_power(random_);
    ++counters_.torn_files;
  }
  failing_.clear();
}

void SimulatedDisk::write_back_some() {
  if (names_.empty()) return;
  SimulatedFile& file = *std::next(names_.begin(), static_cast<std::ptrdiff_t>(random_.below(names_.size())))->second;
  file.write_back(random_.below(file.size() + 1), random_.between(1, 64) * SimulatedFile::kPage);
}

void SimulatedDisk::drop_pages() {
  const bool all = random_.happens(2'000);
  const SteadyTime recently = clock_.now() - kUsedRecently;
  for (const auto& [path, file] : names_) {
    if (path.find("/segments/") == std::string::npos) continue;
    if (all) {
      file->drop_unused(0, file->size(), recently);
    } else if (random_.happens(2'500)) {
      // Whole pages go, in pieces: the kernel drops what was used least lately.
      file->drop_unused(random_.below(file->size() + 1), random_.between(1, 512) * SimulatedFile::kPage, recently);
    }
  }
  ++counters_.dropped_pages;
}

std::shared_ptr<SimulatedFile> SimulatedDisk::some_segment(const std::string& drive) {
  std::vector<std::shared_ptr<SimulatedFile>> found;
  for (const auto& [path, file] : names_) {
    if (path.starts_with(drive + "/segments/") && file->size() > 0) found.push_back(file);
  }
  return found.empty() ? nullptr : found[random_.below(found.size())];
}

void SimulatedDisk::rot(const std::string& drive) {
  const auto file = some_segment(drive);
  if (!file) return;
  const std::uint64_t offset = random_.below(file->size());
  if (!file->rot(offset, static_cast<unsigned>(random_.below(8)))) return;
  ++counters_.rotten_bits;
  trace_.note("disk: a bit rots in {} at {}", file->path(), offset);
}

void SimulatedDisk::limit_room(const std::string& drive, std::optional<std::uint64_t> bytes) {
  if (bytes) {
    room_[drive] = *bytes;
  } else {
    room_.erase(drive);
  }
}

std::uint64_t SimulatedDisk::room_left(const std::string& drive) const {
  const auto limit = room_.find(drive);
  if (limit == room_.end()) return kRoom;
  std::uint64_t used = 0;
  for (const auto& [path, file] : names_) {
    if (path.starts_with(drive + "/")) used += file->size();
  }
  return limit->second - std::min(limit->second, used);
}

Result<std::size_t> SimulatedDisk::read_for_socket(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  SimulatedFile& from = file(descriptor);
  TRY_VOID(reach(from.path()));
  if (failing_.erase({drive_of(from.path()), Call::kRead}) > 0) return disk_error(EIO, "a fault of the device:", "");
  return read(from, into, offset);
}

// --- what the node does with it ---

Result<Descriptor> SimulatedDisk::open(const std::string& path, Open how) {
  TRY_VOID(reach(path));
  const auto found = names_.find(path);
  if (how == Open::kCreate && found != names_.end()) return disk_error(EEXIST, "cannot open", path);
  std::shared_ptr<SimulatedFile> opened = found == names_.end() ? nullptr : found->second;
  if (!opened) {
    if (how == Open::kRead || how == Open::kReadWrite) return disk_error(ENOENT, "cannot open", path);
    if (!folders_.contains(folder_of(path))) return disk_error(ENOENT, "cannot open", path);
    opened = std::make_shared<SimulatedFile>(path);
    change_name(path, opened);
  }
  Descriptor descriptor = opened->duplicate();
  open_[descriptor.number()] = opened;
  return descriptor;
}

Result<std::size_t> SimulatedDisk::read(SimulatedFile& from, std::span<std::byte> into, std::uint64_t offset) {
  ++counters_.reads;
  from.set_time(clock_.now());
  return from.read(into, offset);
}

Result<std::size_t> SimulatedDisk::read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  const auto from = open_.at(descriptor);
  TRY_VOID(call(*from, Call::kRead));
  return read(*from, into, offset);
}

Result<> SimulatedDisk::write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) {
  const auto into = open_.at(descriptor);
  TRY_VOID(reach(into->path()));
  std::vector<std::byte> bytes;
  for (const iovec& part : parts) {
    const auto* begin = static_cast<const std::byte*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  const auto allowed = call(*into, Call::kWrite);
  std::size_t count = bytes.size();
  if (!allowed) {
    TRY_VOID(reach(into->path()));
    count = random_.below(count + 1);
  }
  const std::uint64_t end = offset + count;
  const std::uint64_t more = end > into->size() ? end - into->size() : 0;
  const std::uint64_t room = room_left(drive_of(into->path()));
  const bool full = more > room;
  if (full) count -= std::min<std::uint64_t>(count, more - room);
  into->set_time(clock_.now());
  into->write(std::span(bytes).first(count), offset);
  ++counters_.writes;
  counters_.written_bytes += count;
  trace_.note("disk: {} bytes at {} of {}", count, offset, into->path());
  if (!allowed) return allowed;
  if (full) return disk_error(ENOSPC, "cannot write", into->path());
  return {};
}

void SimulatedDisk::read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (reach(file(descriptor).path())) file(descriptor).bring_in(offset, length);
}

bool SimulatedDisk::resident(int descriptor, std::uint64_t offset, std::uint64_t length) {
  for (std::uint64_t at = offset; at < offset + length; at += SimulatedFile::kPage - at % SimulatedFile::kPage) {
    if (!file(descriptor).resident(at)) return false;
  }
  // What a node asks about it is about to send, and trusts for a second (docs/decisions/0013-drives-that-return.md).
  file(descriptor).set_time(clock_.now());
  file(descriptor).bring_in(offset, length);
  return true;
}

void SimulatedDisk::drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (reach(file(descriptor).path())) file(descriptor).drop(offset, length);
}

Result<std::size_t> SimulatedDisk::read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  const auto from = open_.at(descriptor);
  TRY_VOID(call(*from, Call::kRead));
  return from->read_medium(into, offset);
}

Result<> SimulatedDisk::write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) {
  SimulatedFile& from = file(descriptor);
  TRY_VOID(reach(from.path()));
  if (how == WriteBack::kFinish || random_.happens(3'000)) from.write_back(offset, length);
  return {};
}

Result<> SimulatedDisk::sync(int descriptor) {
  TRY_VOID(reach(file(descriptor).path()));
  file(descriptor).sync();
  return {};
}

Result<> SimulatedDisk::truncate(int descriptor, std::uint64_t size) {
  TRY_VOID(reach(file(descriptor).path()));
  file(descriptor).truncate(size);
  return {};
}

Result<std::uint64_t> SimulatedDisk::size(int descriptor) {
  TRY_VOID(reach(file(descriptor).path()));
  return file(descriptor).size();
}

Result<> SimulatedDisk::lock(int descriptor) { return reach(file(descriptor).path()); }

void SimulatedDisk::change_name(const std::string& path, std::shared_ptr<SimulatedFile> file) {
  if (file) {
    names_[path] = file;
  } else {
    names_.erase(path);
  }
  unsure_.push_back({path, std::move(file)});
}

Result<> SimulatedDisk::remove(const std::string& path) {
  TRY_VOID(reach(path));
  if (!names_.contains(path)) return disk_error(ENOENT, "cannot remove", path);
  change_name(path, nullptr);
  return {};
}

Result<> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  TRY_VOID(reach(from));
  const auto found = names_.find(from);
  if (found == names_.end()) return disk_error(ENOENT, "cannot rename", from);
  const auto moved = found->second;
  change_name(to, moved);
  change_name(from, nullptr);
  return {};
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& path) {
  TRY_VOID(reach(path));
  std::vector<std::string> names;
  const std::string prefix = path + "/";
  const auto add = [&](std::string_view found) {
    if (!found.starts_with(prefix)) return;
    const std::string_view name = found.substr(prefix.size());
    if (name.find('/') == std::string_view::npos) names.emplace_back(name);
  };
  for (const auto& [name, file] : names_) add(name);
  for (const std::string& folder : folders_) add(folder);
  std::ranges::sort(names);
  return names;
}

Result<> SimulatedDisk::make_folder(const std::string& path) {
  TRY_VOID(reach(path));
  folders_.insert(path);
  return {};
}

Result<> SimulatedDisk::sync_folder(const std::string& path) {
  TRY_VOID(reach(path));
  std::deque<NameChange> others;
  for (NameChange& change : unsure_) {
    if (folder_of(change.path) != path) {
      others.push_back(std::move(change));
    } else if (change.file) {
      durable_names_[change.path] = std::move(change.file);
    } else {
      durable_names_.erase(change.path);
    }
  }
  unsure_ = std::move(others);
  return {};
}

Result<storage::Disk::Kind> SimulatedDisk::kind(const std::string& path) {
  TRY_VOID(reach(path));
  if (folders_.contains(path)) return Kind::kFolder;
  return names_.contains(path) ? Kind::kFile : Kind::kNothing;
}

Result<std::uint64_t> SimulatedDisk::file_size(const std::string& path) {
  TRY_VOID(reach(path));
  const auto found = names_.find(path);
  if (found == names_.end()) return disk_error(ENOENT, "cannot stat", path);
  return found->second->size();
}

Result<> SimulatedDisk::check_writable(const std::string& path) { return reach(path); }

Result<storage::Disk::Room> SimulatedDisk::room(const std::string& path) {
  TRY_VOID(reach(path));
  return Room{.file_system = std::hash<std::string>()(path), .folder = 1, .free = kRoom};
}

Result<std::string> SimulatedDisk::canonical(const std::string& path) {
  TRY_VOID(reach(path));
  return path;
}

}  // namespace larder::simulation
