#include "net/socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace larder::net {
namespace {

constexpr auto kPatience = std::chrono::seconds(2);
constexpr int kWaitingConnections = 16;
constexpr std::string_view kMadeAs = ".new";

static_assert(SocketFile::kMostPath + kMadeAs.size() < sizeof(sockaddr_un::sun_path));

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* as_socket_address(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

Result<> check_path(const std::string& path) {
  if (!path.starts_with('/')) {
    return fail(Errc::kInvalid, "the socket {}: the path is relative; it must be absolute", path);
  }
  if (path.size() > SocketFile::kMostPath) {
    return fail(Errc::kInvalid, "the socket {}: the path has {} bytes; it may have {}", path, path.size(),
                SocketFile::kMostPath);
  }
  return {};
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> check_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return fail(Errc::kNotFound,
                "the socket {}: there is no folder {}; make it, or have it made (RuntimeDirectory= in the unit)", path,
                folder);
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    return fail(
        Errc::kInvalid,
        "the socket {}: everybody may make files in {}, and so put another socket there; name a folder of its own",
        path, folder);
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return fail(Errc::kRefused, "the socket {}: this user may not make files in {}", path, folder);
}

/// What lies at a path where a socket is to be.
Result<bool> has_socket(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return false;
  if (S_ISSOCK(status.st_mode)) return true;
  return fail(Errc::kConflict,
              "the socket {}: there is something else than a socket, which is left alone; name another path, or remove "
              "it",
              path);
}

/// Whether somebody listens but `before`. Who cannot be asked is taken for alive.
bool is_somebodys(const std::string& path, pid_t before) {
  const auto connected = connect_socket_file(path, kPatience);
  if (!connected) return connected.error().code == Errc::kTimeout || connected.error().code == Errc::kRefused;
  ucred other{};
  socklen_t size = sizeof other;
  if (::getsockopt(connected->number(), SOL_SOCKET, SO_PEERCRED, &other, &size) != 0) return true;
  return before == 0 || other.pid != before;
}

bool limit_waits(int descriptor, std::chrono::milliseconds patience) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timeval time = {.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(patience - seconds).count()};
  return ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0 &&
         ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0;
}

}  // namespace

Result<Descriptor> connect_socket_file(const std::string& path, std::chrono::milliseconds patience) {
  TRY_VOID(check_path(path));
  Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int number = descriptor.number();
  if (number < 0) return fail_errno(errno, "a socket");
  const sockaddr_un address = address_of(path);
  if (limit_waits(number, patience) && ::connect(number, as_socket_address(address), sizeof address) == 0)
    return descriptor;
  switch (const int error_number = errno) {
    case ENOENT:
    case ENOTDIR: return fail(Errc::kNotFound, "there is no such file");
    case EACCES:
    case EPERM: return fail(Errc::kRefused, "this user may not connect");
    case EAGAIN: return fail(Errc::kTimeout, "somebody listens, and takes no connection");
    case ECONNREFUSED: return fail(Errc::kUnavailable, "nobody listens");
    default: return fail_errno(error_number, "connect");
  }
}

Result<> SocketFile::check(const std::string& path) {
  TRY_VOID(check_path(path));
  TRY_VOID(check_folder(path));
  TRY_VOID(has_socket(path));
  return {};
}

Result<> SocketFile::check(const std::string& path, pid_t before) {
  TRY_VOID(check(path));
  TRY(const bool there, has_socket(path));
  if (!there || !is_somebodys(path, before)) return {};
  return fail(Errc::kConflict, "the socket {}: another process listens there; each node needs its own", path);
}

Result<SocketFile> SocketFile::listen(const std::string& path, mode_t mode, pid_t before) {
  TRY_VOID(check(path, before));
  SocketFile file;
  file.path_ = path;
  TRY_VOID(file.make(mode));
  return file;
}

Result<> SocketFile::make(mode_t mode) {
  const std::string made_as = path_ + std::string(kMadeAs);
  TRY(const bool left_over, has_socket(made_as));
  if (left_over) ::unlink(made_as.c_str());
  const auto failed = [this](int error_number) { return fail_errno(error_number, "the socket " + path_); };
  descriptor_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int number = descriptor_.number();
  if (number < 0) return failed(errno);
  const sockaddr_un address = address_of(made_as);
  // Its mode is that of the file, less the umask: never more than it is to have, and then exactly that.
  if (::fchmod(number, mode) != 0 || ::bind(number, as_socket_address(address), sizeof address) != 0) {
    return failed(errno);
  }
  struct stat status{};
  if (::chmod(made_as.c_str(), mode) != 0 || ::listen(number, kWaitingConnections) != 0 ||
      ::lstat(made_as.c_str(), &status) != 0 || ::rename(made_as.c_str(), path_.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(made_as.c_str());
    return failed(error_number);
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return {};
}

SocketFile::~SocketFile() {
  descriptor_ = Descriptor();
  struct stat status{};
  if (inode_ == 0 || ::lstat(path_.c_str(), &status) != 0) return;
  if (status.st_dev == device_ && status.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace larder::net
