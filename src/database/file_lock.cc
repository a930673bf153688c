#include "database/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "database/owned_file.h"

namespace larder::database {

Result<FileLock> FileLock::take(const std::string& database, Mode mode) {
  const std::string path = database + ".lock";
  TRY(Descriptor file, open_owned_file(path, database));
  FileLock lock(file.release());
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
