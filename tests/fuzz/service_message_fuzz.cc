// What another process says in the handover, of any bytes: what is understood is written as it was read, and nothing
// else is taken for it.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"
#include "service/handover.h"

using namespace larder;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const service::Message message = service::parse_message(text);
  if (message.kind == service::Message::Kind::kOther) return 0;
  const std::string written = service::to_text(message);
  constexpr std::size_t kMostBytes = 4096;  // the rest of a reason is cut off
  CHECK(written.size() == std::min(text.size(), kMostBytes), "a message has one length");
  const service::Message again = service::parse_message(written);
  CHECK(again.kind == message.kind && again.url == message.url, "a message is read as it was written");
  CHECK(message.text.starts_with(again.text), "and its text");
  return 0;
}
