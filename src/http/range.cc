#include "http/range.h"

#include <algorithm>

#include "http/characters.h"
#include "http/head.h"

namespace larder::http {
namespace {

constexpr std::string_view kUnit = "bytes";

bool take_unit(std::string_view& text) {
  if (!equal_names(text.substr(0, kUnit.size()), kUnit)) return false;
  text.remove_prefix(kUnit.size());
  return true;
}

}  // namespace

std::optional<RangeRequest> parse_range(std::string_view value) {
  value = trim(value);
  if (!take_unit(value) || !take(value, '=')) return std::nullopt;
  value = trim(value);
  RangeRequest request;
  if (take(value, '-')) {
    request.kind = RangeRequest::Kind::kSuffix;
    if (!take_number(value, request.suffix)) return std::nullopt;
  } else {
    if (!take_number(value, request.first) || !take(value, '-')) return std::nullopt;
    if (!value.empty() && (!take_number(value, request.last) || request.last < request.first)) return std::nullopt;
  }
  if (!value.empty()) return std::nullopt;
  return request;
}

std::optional<ByteRange> resolve(const RangeRequest& request, std::uint64_t total) {
  ByteRange range;
  if (request.kind == RangeRequest::Kind::kSuffix) {
    range = {total - std::min(request.suffix, total), total};
  } else {
    range = {request.first, request.last >= total ? total : request.last + 1};
  }
  if (range.begin >= range.end) return std::nullopt;
  return range;
}

std::optional<ContentRange> parse_content_range(std::string_view value) {
  value = trim(value);
  if (!take_unit(value) || !take(value, ' ')) return std::nullopt;
  value = trim(value);
  ContentRange parsed;
  const bool unsatisfied = take(value, '*');
  std::uint64_t last = 0;
  if (!unsatisfied) {
    if (!take_number(value, parsed.range.begin) || !take(value, '-') || !take_number(value, last)) return std::nullopt;
    if (last < parsed.range.begin || last == UINT64_MAX) return std::nullopt;
    parsed.range.end = last + 1;
  }
  if (!take(value, '/')) return std::nullopt;
  if (!unsatisfied && value == "*") return parsed;
  std::uint64_t total = 0;
  if (!take_number(value, total) || !value.empty() || total == UINT64_MAX || parsed.range.end > total) {
    return std::nullopt;
  }
  parsed.total = total;
  return parsed;
}

}  // namespace larder::http
