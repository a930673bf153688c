#include "core/say_failure.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace larder {
namespace {

bool is_journal(int descriptor) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status{};
  if (stream == nullptr || ::fstat(descriptor, &status) != 0) return false;
  return stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
}

}  // namespace

void say_failure(std::string_view program, std::string_view text) {
  const std::string_view before = is_journal(STDERR_FILENO) ? "<3>" : "";
  std::string lines = fmt::format("{}{}: ", before, program);
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += before;
  }
  std::fprintf(stderr, "%s\n", lines.c_str());
}

}  // namespace larder
