#include "core/whole_file.h"

#include <filesystem>
#include <fstream>

namespace larder {

Result<> write_whole_file(const std::string& file, std::string_view text) {
  const std::string aside = file + ".new";
  {
    std::ofstream stream(aside, std::ios::trunc);
    stream << text;
    stream.flush();
    if (!stream) return fail(Errc::kUnavailable, "cannot write {}", aside);
  }
  std::error_code error;
  std::filesystem::rename(aside, file, error);
  if (error) return fail(to_errc(error), "cannot write {}: {}", file, error.message());
  return {};
}

}  // namespace larder
