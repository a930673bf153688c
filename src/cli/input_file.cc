#include "cli/input_file.h"

#include <array>
#include <fstream>
#include <istream>

namespace larder::cli {
namespace {

// Up to a byte more than `most`. false: it cannot be read.
bool read_up_to(std::istream& stream, std::size_t most, std::string& text) {
  std::array<char, 65536> bytes{};
  while (text.size() <= most && stream) {
    stream.read(bytes.data(), bytes.size());
    text.append(bytes.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return !stream.bad();
}

}  // namespace

Result<std::string> read_input(Context& context, std::string_view option, const std::string& file,
                               std::size_t most_mebibytes) {
  const std::size_t most = most_mebibytes << 20;
  std::string text;
  if (file == kStandardInput) {
    if (!read_up_to(context.console().in, most, text)) {
      return give_up(ExitCode::kUsage, "{} -: standard input cannot be read", option);
    }
  } else {
    std::ifstream stream(file, std::ios::binary);
    if (!stream || !read_up_to(stream, most, text)) {
      return give_up(ExitCode::kUsage, "{} {}: it cannot be read", option, file);
    }
  }
  if (text.size() > most) return give_up(ExitCode::kUsage, "{} {}: it is over {} MiB", option, file, most_mebibytes);
  return text;
}

std::string input_name(const std::string& file) { return file == kStandardInput ? "standard input" : file; }

}  // namespace larder::cli
