#include "http/percent.h"

#include "http/characters.h"

namespace larder::http {

Result<std::string> percent_decode(std::string_view text) {
  if (!percent_escapes_are_whole(text)) return fail(Errc::kInvalid, "\"{}\" has an incomplete percent escape", text);
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

bool percent_escapes_are_whole(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size() || hex_value(text[at + 1]) < 0 || hex_value(text[at + 2]) < 0) return false;
  }
  return true;
}

}  // namespace larder::http
