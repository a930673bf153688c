#include "database/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace larder::database {

Result<FileLock> FileLock::take(const std::string& database, Mode mode) {
  const std::string path = database + ".lock";
  FileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor_ < 0) return fail_errno(errno, path);
  if (::flock(lock.descriptor_, (mode == Mode::kAlone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return fail_errno(errno, path);
  return fail(Errc::kConflict, "{}: {}", database,
              mode == Mode::kAlone ? "a program has it open; stop that first" : "it is being restored");
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace larder::database
