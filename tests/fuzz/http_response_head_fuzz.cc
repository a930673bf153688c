// Response heads: parsing never goes wrong, and what it accepts holds what its header promises.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/response_head.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = larder::http::parse_response_head(bytes, 16 * 1024);
  if (!parsed || !*parsed) return 0;
  const larder::http::ResponseHead& head = **parsed;
  require(head.size <= bytes.size() && bytes.substr(0, head.size).ends_with("\r\n\r\n"));
  require(head.status >= 100 && head.status <= 999);
  require(!(head.chunked && head.content_length));
  require(head.fields.size() <= larder::http::FieldList::kLimit);
  for (const auto& field : head.fields) {
    require(field.value.data() >= bytes.data() && field.value.data() <= bytes.data() + bytes.size());
  }
  return 0;
}
