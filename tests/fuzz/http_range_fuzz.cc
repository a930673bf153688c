// The readers of field values: ranges, dates, Cache-Control, entity tags.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/cache_control.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/percent.h"
#include "http/range.h"

namespace {

using namespace larder::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_range(std::string_view text) {
  const auto request = parse_range(text);
  if (!request) return;
  for (const std::uint64_t total : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, UINT64_MAX}) {
    const auto range = resolve(*request, total);
    require(!range || (range->begin < range->end && range->end <= total));
  }
}

void check_content_range(std::string_view text) {
  const auto parsed = parse_content_range(text);
  if (!parsed) return;
  require(parsed->range.begin <= parsed->range.end);
  require(!parsed->total || parsed->range.end <= *parsed->total);
  require(!parsed->unsatisfied() || parsed->total);
}

void check_date(std::string_view text) {
  const auto time = parse_date(text, larder::WallTime());
  if (time) require(parse_date(date_to_string(*time), larder::WallTime()) == time);
}

void check_etag(std::string_view text) {
  const auto tag = parse_etag(text);
  if (!tag) return;
  require(tag->opaque.size() >= 2 && weak_equal(*tag, *tag) && strong_equal(*tag, *tag) == !tag->weak);
  require(list_has(text, *tag, true));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_range(text);
  check_content_range(text);
  check_date(text);
  check_etag(text);
  list_has(text, EntityTag{.weak = false, .opaque = "\"a\""}, false);
  const CacheControl control = parse_cache_control(text);
  require(!control.max_age || control.max_age->count() >= 0);
  if (const auto decoded = percent_decode(text)) require(decoded->size() <= text.size());
  return 0;
}
