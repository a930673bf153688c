#include "support/origin_range.h"

#include <algorithm>
#include <charconv>

namespace larder::support {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<OriginRange> parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_number(text.substr(0, dash));
  const auto last = parse_number(text.substr(dash + 1));
  if (!first && dash > 0) return std::nullopt;
  if (!last && dash + 1 < text.size()) return std::nullopt;
  if (!first && !last) return std::nullopt;
  if (!first) return *last == 0 ? OriginRange{} : OriginRange{size - std::min(size, *last), size};
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) return OriginRange{};
  return OriginRange{*first, last ? std::min(size, *last + 1) : size};
}

}  // namespace larder::support
