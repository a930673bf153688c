#include "storage/drive_id.h"

#include <charconv>

namespace larder::storage {

std::string to_string(const DriveId& id) {
  std::string text;
  for (const std::byte byte : id) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::optional<DriveId> parse_drive_id(std::string_view text) {
  DriveId id{};
  if (text.size() != 2 * id.size()) return std::nullopt;
  for (std::size_t i = 0; i < id.size(); ++i) {
    unsigned value = 0;
    const char* begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    id[i] = static_cast<std::byte>(value);
  }
  return id;
}

}  // namespace larder::storage
