#include "support/file_system.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "core/bytes.h"
#include "support/program.h"

namespace larder::support {
namespace {

constexpr std::string_view kFilling = "somebody-elses";
// EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH, which the kernel's headers for programs do not have.
constexpr unsigned long kShutDown = _IOR('X', 125, __u32);
constexpr unsigned long kFreeze = _IOWR('X', 119, int);
constexpr unsigned long kThaw = _IOWR('X', 120, int);
constexpr __u32 kLoseWhatIsDirty = 2;

std::string error_text(std::string_view what) {
  return std::string(what) + ": " + std::generic_category().message(errno);
}

[[noreturn]] void raise(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

void must_mount(const char* source, const std::string& folder, const char* type, unsigned long flags,
                const std::string& options = "") {
  if (::mount(source, folder.c_str(), type, flags, options.c_str()) != 0) raise("cannot mount at " + folder);
}

void must_run(const std::vector<std::string>& command) {
  const ProgramResult result = run_program(command);
  if (result.exit_code != 0) throw std::runtime_error(command[0] + " failed: " + result.output);
}

// Files of /proc and /sys take what they are given in one write.
bool write_at_once(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int write_error = errno;
  ::close(file);
  errno = write_error;
  return written;
}

std::string size_option(std::uint64_t size) { return "size=" + std::to_string(size); }

std::string try_own_mounts() {
  const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return error_text("neither root nor a user namespace");
    const bool mapped = write_at_once("/proc/self/setgroups", "deny") && write_at_once("/proc/self/uid_map", user) &&
                        write_at_once("/proc/self/gid_map", group);
    if (!mapped) return error_text("cannot be root of a user namespace");
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return error_text("mounts cannot be private");
  const TempDir folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=64k") != 0) return error_text("cannot mount a tmpfs");
  ::umount2(folder.path().c_str(), MNT_DETACH);
  return "";
}

std::string try_kind(FileSystem::Kind kind) {
  try {
    const FileSystem file_system(kind, 16 * kMiB);
    return "";
  } catch (const std::runtime_error& error) {  // std::system_error is one
    return error.what();
  }
}

}  // namespace

const std::string& own_mounts() {
  static const std::string trouble = try_own_mounts();
  return trouble;
}

const std::string& FileSystem::trouble(Kind kind) {
  static const std::string tmpfs = try_kind(Kind::kTmpfs);
  static const std::string ext4 = try_kind(Kind::kExt4);
  return kind == Kind::kTmpfs ? tmpfs : ext4;
}

FileSystem::FileSystem(Kind kind, std::uint64_t size) {
  if (kind == Kind::kTmpfs) {
    must_mount("tmpfs", root(), "tmpfs", 0, size_option(size));
    return;
  }
  image_folder_.emplace(TempDir::Where::kMemory);
  const std::string image = *image_folder_ / "image";
  write_file(image, "");
  std::filesystem::resize_file(image, size);
  must_run({"/usr/sbin/mkfs.ext4", "-q", "-F", "-m", "0", image});
  mount_image();
}

FileSystem::~FileSystem() {
  if (hangs_) order(kThaw);
  mount_points_.push_back(root());
  for (const std::string& folder : mount_points_) {
    while (::umount2(folder.c_str(), MNT_DETACH) == 0) {  // one mount lies over another
    }
  }
}

// mount(8) finds a loop device, which goes with its last user.
void FileSystem::mount_image() {
  must_run({"/usr/bin/mount", "-t", "ext4", "-o", "loop,errors=remount-ro", *image_folder_ / "image", root()});
}

void FileSystem::mount_at(const std::string& folder) {
  must_mount(root().c_str(), folder, nullptr, MS_BIND);
  mount_points_.push_back(folder);
}

void FileSystem::resize(std::uint64_t size) const {
  must_mount("tmpfs", root(), "tmpfs", MS_REMOUNT, size_option(size));
}

std::uint64_t FileSystem::free() const {
  struct statvfs space{};
  if (::statvfs(root().c_str(), &space) != 0) raise("cannot look at " + root());
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

void FileSystem::fill() const {
  const std::string path = root_ / kFilling;
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) raise("cannot write " + path);
  const std::vector<char> bytes(kMiB);
  for (std::size_t step = bytes.size(); step > 0;) {
    if (::write(file, bytes.data(), step) <= 0) step /= 2;
  }
  ::close(file);
}

void FileSystem::unfill() const { std::filesystem::remove(root_ / kFilling); }

bool FileSystem::find_damage() const {
  struct stat status{};
  if (::stat(root().c_str(), &status) != 0) raise("cannot look at " + root());
  const std::string device = "/sys/dev/block/" + std::to_string(gnu_dev_major(status.st_dev)) + ":" +
                             std::to_string(gnu_dev_minor(status.st_dev));
  const std::string name = std::filesystem::canonical(device).filename();
  return write_at_once("/sys/fs/ext4/" + name + "/trigger_fs_error", "1");
}

void FileSystem::shut_down() const {
  const int folder = ::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  __u32 flags = kLoseWhatIsDirty;
  const int outcome = ::ioctl(folder, kShutDown, &flags);
  const int shut_down_error = errno;
  ::close(folder);
  errno = shut_down_error;
  if (outcome != 0) raise("cannot shut down the file system at " + root());
}

bool FileSystem::order(unsigned long request) const {
  const int folder = ::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int outcome = ::ioctl(folder, request, 0);
  const int order_error = errno;
  ::close(folder);
  errno = order_error;
  return outcome == 0;
}

void FileSystem::hang() {
  if (!order(kFreeze)) raise("cannot freeze the file system at " + root());
  hangs_ = true;
}

void FileSystem::let_go() {
  if (hangs_ && !order(kThaw)) raise("cannot thaw the file system at " + root());
  hangs_ = false;
}

void FileSystem::mount_again() {
  if (::umount(root().c_str()) != 0) raise("cannot unmount " + root());
  mount_image();
}

void set_read_only(const std::string& folder, bool read_only) {
  unsigned long flags = MS_REMOUNT | MS_BIND;
  if (read_only) flags |= MS_RDONLY;
  must_mount("none", folder, nullptr, flags);
}

void unmount_lazily(const std::string& folder) {
  if (::umount2(folder.c_str(), MNT_DETACH) != 0) raise("cannot unmount " + folder);
}

}  // namespace larder::support
