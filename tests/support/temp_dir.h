// TempDir: an empty folder that is removed with everything in it when the object dies.
#pragma once

#include <string>
#include <string_view>

namespace larder::support {

class TempDir {
 public:
  /// kMemory: where files cost no time when they are synced, if there is enough memory and TMPDIR does not say where.
  enum class Where { kDisk, kMemory };

  explicit TempDir(Where where = Where::kDisk);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  /// path() + "/" + name.
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

void write_file(const std::string& path, std::string_view text);
/// Empty if it cannot be read.
std::string read_file(const std::string& path);

}  // namespace larder::support
