// FileLock: says that an SQLite database is in use, so that none is replaced under a program that has it open.
//
// A lock on "<database>.lock" beside it: whoever opens the database shares it, restore() wants it alone. The database
// file itself cannot tell: it may be damaged, and its replacement is another file.
//
// Owns       the lock, until it dies.
#pragma once

#include <string>

#include "core/result.h"

namespace larder::database {

class FileLock {
 public:
  enum class Mode { kShared, kAlone };
  /// Does not wait. Errors: kConflict (others have it), those of making the file.
  static Result<FileLock> take(const std::string& database, Mode mode);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace larder::database
