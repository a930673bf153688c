// Request heads: parsing never goes wrong, and what it accepts holds what its header promises.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/query.h"
#include "http/request_head.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check(const larder::http::RequestHead& head, std::string_view bytes) {
  require(head.size <= bytes.size() && bytes.substr(0, head.size).ends_with("\r\n\r\n"));
  require(inside(head.target, bytes) && !head.target.empty());
  require(head.fields.size() <= larder::http::FieldList::kLimit);
  require(head.fields.count("Host") <= 1);
  require(!(head.chunked && head.content_length));
  for (const auto& field : head.fields) {
    require(inside(field.name, bytes) && inside(field.value, bytes));
    require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  }
  for (const char c : head.target) require(c > ' ' && c <= '~');
  std::size_t pieces = 0;
  for (const auto& piece : larder::http::Query(head.target)) pieces += piece.text.size() + 1;
  require(pieces == head.target.size() + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto parsed = larder::http::parse_request_head(bytes, 16 * 1024);
  if (!parsed) {
    require(parsed.error().status >= 400 && parsed.error().status < 600 && !parsed.error().text.empty());
    return 0;
  }
  if (!*parsed) return 0;
  check(**parsed, bytes);
  // A head is the same head when it comes alone, and is not there before its last byte.
  const std::string_view alone = bytes.substr(0, (*parsed)->size);
  const auto again = larder::http::parse_request_head(alone, 16 * 1024);
  require(again && *again && (*again)->target == (*parsed)->target);
  const auto short_of_one = larder::http::parse_request_head(alone.substr(0, alone.size() - 1), 16 * 1024);
  require(short_of_one && !*short_of_one);
  return 0;
}
