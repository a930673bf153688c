// A whole configuration file: valid or refused with a text, never a crash.
#include <cstdint>
#include <string_view>

#include "core/check.h"
#include "portal/portal_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = larder::portal::parse_portal_config(text, "fuzz.toml");
  CHECK(config || !config.error().text.empty(), "a refusal without a reason");
  return 0;
}
