#include "storage/system_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <optional>

#include "core/bytes.h"
#include "storage/disk_probe.h"

namespace larder::storage {
namespace {

constexpr int kNewFileMode = 0640;
constexpr int kNewFolderMode = 0750;
constexpr std::uint64_t kProbeDistance = 128 * kKiB;

// Moves `parts` on by `count` bytes that are done.
void skip_written(std::vector<iovec>& parts, std::size_t count) {
  auto part = parts.begin();
  while (part != parts.end() && count >= part->iov_len) count -= (part++)->iov_len;
  parts.erase(parts.begin(), part);
  if (count == 0) return;
  parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
  parts.front().iov_len -= count;
}

Result<> done_or(int outcome, std::string_view what, std::string_view path) {
  if (outcome != 0) return disk_error(errno, what, path);
  return {};
}

int open_flags(Disk::Open how) {
  switch (how) {
    case Disk::Open::kRead: return O_RDONLY;
    case Disk::Open::kReadWrite: return O_RDWR;
    case Disk::Open::kCreate: return O_RDWR | O_CREAT | O_EXCL;
    case Disk::Open::kCreateOrOpen: return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

bool is_cached(int descriptor, std::uint64_t offset) {
  char byte = 0;
  const iovec into{&byte, 1};
  const ssize_t count = ::preadv2(descriptor, &into, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  // File systems that live in memory, and some that cannot tell, do not know the flag.
  return count == 1 || (count < 0 && errno == EOPNOTSUPP);
}

constexpr std::uint64_t kPage = 4096;

std::uint64_t page_count(std::uint64_t offset, std::uint64_t length) {
  return (offset + length + kPage - 1) / kPage - offset / kPage;
}

// cachestat(2), of Linux 6.5: newer than the headers here.
struct CacheRange {
  std::uint64_t offset;
  std::uint64_t length;
};
struct CacheCounts {
  std::uint64_t cached;
  std::uint64_t dirty;
  std::uint64_t in_write_back;
  std::uint64_t evicted;
  std::uint64_t recently_evicted;
};
constexpr long kCachestat = 451;

std::optional<std::uint64_t> count_by_cachestat(int descriptor, std::uint64_t offset, std::uint64_t length) {
  static std::atomic<bool> missing{false};
  if (missing.load(std::memory_order_relaxed)) return std::nullopt;
  CacheRange range{offset, length};
  CacheCounts counts{};
  if (::syscall(kCachestat, descriptor, &range, &counts, 0) == 0) return counts.cached;
  // An older kernel, or a container whose rules were written before.
  if (errno == ENOSYS || errno == EPERM) missing.store(true, std::memory_order_relaxed);
  return std::nullopt;
}

std::optional<std::uint64_t> count_by_mincore(int descriptor, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t begin = offset / kPage * kPage;
  const std::uint64_t pages = page_count(offset, length);
  void* const map = ::mmap(nullptr, pages * kPage, PROT_READ, MAP_SHARED, descriptor, static_cast<off_t>(begin));
  if (map == MAP_FAILED) return std::nullopt;
  std::vector<unsigned char> in_memory(pages);
  const bool told = ::mincore(map, pages * kPage, in_memory.data()) == 0;
  ::munmap(map, pages * kPage);
  if (!told) return std::nullopt;
  return static_cast<std::uint64_t>(std::ranges::count_if(in_memory, [](unsigned char page) { return page & 1; }));
}

// Of the pages that hold the range; nothing where the system does not tell.
std::optional<std::uint64_t> cached_pages(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (auto count = count_by_cachestat(descriptor, offset, length)) return count;
  return count_by_mincore(descriptor, offset, length);
}

// Nothing: the file system has no such reading.
Result<std::optional<std::size_t>> read_direct(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  using Count = std::optional<std::size_t>;
  const Descriptor direct(::open(fmt::format("/proc/self/fd/{}", descriptor).c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (direct.number() < 0) return Count();
  static_cast<void>(::posix_fadvise(direct.number(), 0, 0, POSIX_FADV_RANDOM));
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t count =
        ::pread(direct.number(), into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EINVAL && filled == 0) return Count();
    if (count < 0) return disk_error(errno, "cannot read", "");
    filled += static_cast<std::size_t>(count);
    if (count == 0 || static_cast<std::uint64_t>(count) % kPage != 0) break;  // the end of the file
  }
  return Count(filled);
}

}  // namespace

std::unexpected<Error> disk_error(int error_number, std::string_view what, std::string_view path) {
  const std::string reason = std::error_code(error_number, std::generic_category()).message();
  const std::string text =
      path.empty() ? fmt::format("{}: {}", what, reason) : fmt::format("{} {}: {}", what, path, reason);
  switch (error_number) {
    // Evicting a segment gives back a descriptor as well as room.
    case EDQUOT:
    case EMFILE:
    case ENFILE: return fail(Errc::kNoSpace, "{}", text);
    case EEXIST:
    case EWOULDBLOCK: return fail(Errc::kConflict, "{}", text);
    default: return fail(to_errc(std::error_code(error_number, std::generic_category())), "{}", text);
  }
}

Result<Descriptor> SystemDisk::open(const std::string& path, Open how) {
  const int number = ::open(path.c_str(), open_flags(how) | O_CLOEXEC | O_NOFOLLOW, kNewFileMode);
  if (number < 0) return disk_error(errno, "cannot open", path);
  static_cast<void>(::posix_fadvise(number, 0, 0, POSIX_FADV_RANDOM));
  return Descriptor(number);
}

Result<std::size_t> SystemDisk::read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t count =
        ::pread(descriptor, into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
    if (count == 0) break;
    if (count > 0) filled += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) return disk_error(errno, "cannot read", "");
  }
  return filled;
}

Result<> SystemDisk::write_at(int descriptor, std::span<const iovec> parts, std::uint64_t offset) {
  std::vector<iovec> rest(parts.begin(), parts.end());
  skip_written(rest, 0);
  while (!rest.empty()) {
    const ssize_t count = ::pwritev(descriptor, rest.data(), static_cast<int>(rest.size()), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error(errno, "cannot write", "");
    if (count == 0) return disk_error(EIO, "cannot write", "");
    offset += static_cast<std::uint64_t>(count);
    skip_written(rest, static_cast<std::size_t>(count));
  }
  return {};
}

void SystemDisk::read_ahead(int descriptor, std::uint64_t offset, std::uint64_t length) {
  static_cast<void>(::readahead(descriptor, static_cast<off_t>(offset), length));
}

bool SystemDisk::resident(int descriptor, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return true;
  if (const auto count = cached_pages(descriptor, offset, length)) return *count == page_count(offset, length);
  // Nobody counts pages here: one byte of every kProbeDistance is tried.
  for (std::uint64_t at = 0; at < length; at += kProbeDistance) {
    if (!is_cached(descriptor, offset + at)) return false;
  }
  return is_cached(descriptor, offset + length - 1);
}

void SystemDisk::drop_cached(int descriptor, std::uint64_t offset, std::uint64_t length) {
  // Only whole pages are dropped.
  const std::uint64_t begin = offset / kPage * kPage;
  static_cast<void>(::posix_fadvise(descriptor, static_cast<off_t>(begin),
                                    static_cast<off_t>(page_count(offset, length) * kPage), POSIX_FADV_DONTNEED));
}

Result<std::size_t> SystemDisk::read_device(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  const auto before = cached_pages(descriptor, offset, into.size());
  auto count = read_direct(descriptor, into, offset);
  if (count && !*count) {
    auto read = read_at(descriptor, into, offset);
    if (!read) return read;
    *count = *read;
  }
  // Some file systems take the flag and read into the page cache all the same.
  const auto after = cached_pages(descriptor, offset, into.size());
  if (before && after && *after > *before) drop_cached(descriptor, offset, into.size());
  if (!count) return std::unexpected(count.error());
  return **count;
}

Result<> SystemDisk::write_back(int descriptor, std::uint64_t offset, std::uint64_t length, WriteBack how) {
  const unsigned flags = how == WriteBack::kStart
                             ? SYNC_FILE_RANGE_WRITE
                             : SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (::sync_file_range(descriptor, static_cast<off_t>(offset), static_cast<off_t>(length), flags) == 0) return {};
  // Some file systems (overlays, FUSE) have no such call; then only sync() bounds what is dirty.
  if (errno == ENOSYS || errno == EINVAL || errno == ESPIPE || errno == EOPNOTSUPP) return {};
  return disk_error(errno, "cannot write back", "");
}

Result<> SystemDisk::sync(int descriptor) { return done_or(::fdatasync(descriptor), "cannot sync", ""); }

Result<> SystemDisk::truncate(int descriptor, std::uint64_t size) {
  return done_or(::ftruncate(descriptor, static_cast<off_t>(size)), "cannot truncate", "");
}

Result<std::uint64_t> SystemDisk::size(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return disk_error(errno, "cannot stat", "");
  return static_cast<std::uint64_t>(status.st_size);
}

bool SystemDisk::is_removed(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && status.st_nlink == 0;
}

Result<> SystemDisk::lock(int descriptor) { return done_or(::flock(descriptor, LOCK_EX | LOCK_NB), "cannot lock", ""); }

Result<> SystemDisk::remove(const std::string& path) { return done_or(::unlink(path.c_str()), "cannot remove", path); }

Result<> SystemDisk::rename(const std::string& from, const std::string& to) {
  return done_or(::rename(from.c_str(), to.c_str()), "cannot rename", from);
}

Result<std::vector<std::string>> SystemDisk::list(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
  if (!folder) return disk_error(errno, "cannot list", path);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return disk_error(errno, "cannot list", path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<> SystemDisk::make_folder(const std::string& path) {
  return done_or(::mkdir(path.c_str(), kNewFolderMode), "cannot make the folder", path);
}

Result<> SystemDisk::sync_folder(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0) return disk_error(errno, "cannot open", path);
  return done_or(::fsync(folder.number()), "cannot sync", path);
}

Result<Disk::Kind> SystemDisk::kind(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return disk_error(errno, "cannot stat", path);
    return ::lstat(path.c_str(), &status) == 0 ? Kind::kOther : Kind::kNothing;
  }
  if (S_ISREG(status.st_mode)) return Kind::kFile;
  return S_ISDIR(status.st_mode) ? Kind::kFolder : Kind::kOther;
}

Result<std::uint64_t> SystemDisk::file_size(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return disk_error(errno, "cannot stat", path);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> SystemDisk::check_writable(const std::string& path) {
  const bool allowed = ::access(path.c_str(), R_OK | W_OK | X_OK) == 0;
  int trouble = allowed ? 0 : errno;
  if (allowed) {
    // What a file system does that has found itself damaged, access() does not know. A file without a name leaves
    // nothing behind; not every file system has such.
    const Descriptor nameless(::open(path.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kNewFileMode));
    if (nameless.number() < 0 && (errno == EROFS || errno == EIO)) trouble = errno;
  }
  if (trouble == 0) return {};
  if (trouble == EROFS) {
    return fail(Errc::kRefused, "{} is on a read-only file system, or not in the ReadWritePaths of the node's unit",
                path);
  }
  return disk_error(trouble, "cannot write in", path);
}

std::vector<bool> SystemDisk::which_answer(const std::vector<std::string>& folders) {
  constexpr auto kPatience = std::chrono::seconds(15);  // disks that sleep take ten to wake up
  return storage::which_answer(folders, kPatience);
}

Result<Disk::Room> SystemDisk::room(const std::string& path) {
  struct statvfs space{};
  struct stat status{};
  if (::statvfs(path.c_str(), &space) != 0 || ::stat(path.c_str(), &status) != 0) {
    return disk_error(errno, "cannot ask for the free space of", path);
  }
  return Room{.file_system = status.st_dev,
              .folder = status.st_ino,
              .free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize};
}

Result<std::string> SystemDisk::canonical(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr), std::free);
  if (!resolved) return disk_error(errno, "cannot resolve", path);
  return std::string(resolved.get());
}

}  // namespace larder::storage
