#include "support/temp_dir.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace larder::support {

namespace {

constexpr const char* kMemory = "/dev/shm";
constexpr std::uintmax_t kEnoughMemory = 1 << 30;

std::filesystem::path parent(TempDir::Where where) {
  std::error_code error;
  const bool in_memory = where == TempDir::Where::kMemory && std::getenv("TMPDIR") == nullptr &&
                         ::access(kMemory, W_OK) == 0 &&
                         std::filesystem::space(kMemory, error).available >= kEnoughMemory && !error;
  return in_memory ? kMemory : std::filesystem::temp_directory_path();
}

}  // namespace

TempDir::TempDir(Where where) : path_((parent(where) / "larder-test-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a folder under " + path_);
  }
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::system_error(errno, std::generic_category(), "cannot write " + path);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

}  // namespace larder::support
