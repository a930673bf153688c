#include "core/bytes.h"

#include <array>
#include <charconv>
#include <cmath>

namespace larder {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kSizeUnits = {Unit{"", 1},         Unit{"B", 1},        Unit{"KiB", 0x1p10}, Unit{"MiB", 0x1p20},
                                   Unit{"GiB", 0x1p30}, Unit{"TiB", 0x1p40}, Unit{"kB", 1e3},     Unit{"KB", 1e3},
                                   Unit{"MB", 1e6},     Unit{"GB", 1e9},     Unit{"TB", 1e12}};
constexpr std::array kRateUnits = {Unit{"bps", 0.125},    Unit{"kbps", 125},     Unit{"Mbps", 125e3},
                                   Unit{"Gbps", 125e6},   Unit{"B/s", 1},        Unit{"kB/s", 1e3},
                                   Unit{"KB/s", 1e3},     Unit{"MB/s", 1e6},     Unit{"GB/s", 1e9},
                                   Unit{"KiB/s", 0x1p10}, Unit{"MiB/s", 0x1p20}, Unit{"GiB/s", 0x1p30}};

template <std::size_t N>
Result<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units, std::string_view right) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) return fail(Errc::kInvalid, "\"{}\" is not {}", text, right);
  std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (name.starts_with(' ')) name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    const double value = number * unit.factor;
    if (value > 0x1p62) return fail(Errc::kInvalid, "\"{}\" is too large", text);
    return static_cast<std::uint64_t>(std::llround(value));
  }
  return fail(Errc::kInvalid, "\"{}\" is not {}", text, right);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits, "a size such as \"500GiB\", \"64 MiB\" or \"20GB\"");
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  return parse_quantity(text, kRateUnits, "a rate such as \"10Gbps\", \"800Mbps\" or \"125MB/s\"");
}

std::string size_to_string(std::uint64_t bytes) {
  constexpr std::array kNames = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  if (value == std::floor(value)) return fmt::format("{:.0f} {}", value, kNames[unit]);
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

}  // namespace larder
