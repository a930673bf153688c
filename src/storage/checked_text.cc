#include "storage/checked_text.h"

#include <span>

#include "storage/crc32c.h"

namespace larder::storage {
namespace {

std::string checksum_line(std::string_view text) {
  return fmt::format("crc {:08x}\n", crc32c(std::as_bytes(std::span(text))));
}

}  // namespace

std::string with_checksum(std::string text) {
  text += checksum_line(text);
  return text;
}

Result<std::string_view> checked_lines(std::string_view text, std::string_view first_line, std::string_view otherwise) {
  if (text.size() < first_line.size() + kChecksumLine || !text.starts_with(first_line)) {
    return fail(Errc::kCorrupt, "{}", otherwise);
  }
  const std::string_view checked = text.substr(0, text.size() - kChecksumLine);
  if (text.substr(checked.size()) != checksum_line(checked)) return fail(Errc::kCorrupt, "its checksum is wrong");
  return checked.substr(first_line.size());
}

}  // namespace larder::storage
