#include "database/owned_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace larder::database {
namespace {

Result<> give_away(const Descriptor& file, const std::string& database) {
  struct ::stat owner = {};
  std::filesystem::path folder = std::filesystem::path(database).parent_path();
  if (folder.empty()) folder = ".";
  if (::stat(database.c_str(), &owner) != 0 && ::stat(folder.c_str(), &owner) != 0) return fail_errno(errno, database);
  if (owner.st_uid == 0) return {};
  if (::fchown(file.number(), owner.st_uid, owner.st_gid) != 0) return fail_errno(errno, database);
  return {};
}

}  // namespace

Result<Descriptor> make_owned_file(const std::string& path, const std::string& database) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.number() < 0 && errno == EEXIST) return fail(Errc::kConflict, "{}: it exists already", path);
  if (file.number() < 0) return fail_errno(errno, path);
  if (::geteuid() != 0 || database.empty()) return file;
  auto given = give_away(file, database);
  if (given) return file;
  ::unlink(path.c_str());
  return std::unexpected(std::move(given).error());
}

Result<Descriptor> open_owned_file(const std::string& path, const std::string& database) {
  auto made = make_owned_file(path, database);
  if (made || made.error().code != Errc::kConflict) return made;
  Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number() < 0) return fail_errno(errno, path);
  return file;
}

}  // namespace larder::database
