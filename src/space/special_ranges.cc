#include "space/special_ranges.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/check.h"

namespace larder::space {
namespace {

struct Line {
  RangeKind kind;
  std::string_view prefix;
  std::string_view name;
};

// IPv6 that is no global unicast (outside of 2000::/3) is unallocated, but for the lines here.
constexpr Line kLines[] = {
    {RangeKind::kBogon, "0.0.0.0/8", "this network"},
    {RangeKind::kPrivate, "10.0.0.0/8", "private use"},
    {RangeKind::kPrivate, "100.64.0.0/10", "shared between a provider and its customers"},
    {RangeKind::kPrivate, "127.0.0.0/8", "loopback"},
    {RangeKind::kBogon, "169.254.0.0/16", "link-local"},
    {RangeKind::kPrivate, "172.16.0.0/12", "private use"},
    {RangeKind::kBogon, "192.0.0.0/24", "protocol assignments"},
    {RangeKind::kBogon, "192.0.2.0/24", "documentation (TEST-NET-1)"},
    {RangeKind::kBogon, "192.88.99.0/24", "6to4 relays, withdrawn"},
    {RangeKind::kPrivate, "192.168.0.0/16", "private use"},
    {RangeKind::kBogon, "198.18.0.0/15", "benchmarks"},
    {RangeKind::kBogon, "198.51.100.0/24", "documentation (TEST-NET-2)"},
    {RangeKind::kBogon, "203.0.113.0/24", "documentation (TEST-NET-3)"},
    {RangeKind::kBogon, "224.0.0.0/4", "multicast"},
    {RangeKind::kBogon, "240.0.0.0/4", "reserved"},
    {RangeKind::kPrivate, "::1/128", "loopback"},
    {RangeKind::kBogon, "64:ff9b::/96", "IPv4 translation"},
    {RangeKind::kBogon, "64:ff9b:1::/48", "IPv4 translation"},
    {RangeKind::kBogon, "100::/64", "discard only"},
    {RangeKind::kBogon, "2001::/23", "protocol assignments"},
    {RangeKind::kBogon, "2001:db8::/32", "documentation"},
    {RangeKind::kBogon, "2002::/16", "6to4"},
    {RangeKind::kBogon, "3fff::/20", "documentation"},
    {RangeKind::kBogon, "5f00::/16", "segment routing"},
    {RangeKind::kPrivate, "fc00::/7", "unique local"},
    {RangeKind::kBogon, "fe80::/10", "link-local"},
    {RangeKind::kBogon, "ff00::/8", "multicast"},
};

// What IANA has handed out to the regional registries.
constexpr std::string_view kAllocated[] = {
    "2001:200::/23",  "2001:400::/22",  "2001:800::/21",  "2001:1000::/22", "2001:1400::/22", "2001:1800::/23",
    "2001:1a00::/23", "2001:1c00::/22", "2001:2000::/19", "2001:4000::/22", "2001:4400::/22", "2001:4800::/22",
    "2001:4c00::/23", "2001:5000::/20", "2001:8000::/18", "2003::/18",      "2400::/12",      "2410::/12",
    "2600::/12",      "2610::/23",      "2620::/23",      "2630::/12",      "2800::/12",      "2a00::/12",
    "2a10::/12",      "2c00::/12",
};

net::Prefix known_prefix(std::string_view text) {
  const auto prefix = net::parse_prefix(text);
  CHECK(prefix.has_value(), "a prefix of our own tables");
  return *prefix;
}

const std::vector<SpecialRange>& special_ranges() {
  static const std::vector<SpecialRange> all = [] {
    std::vector<SpecialRange> list;
    for (const Line& line : kLines) list.push_back({line.kind, known_prefix(line.prefix), std::string(line.name)});
    return list;
  }();
  return all;
}

const std::vector<net::Prefix>& allocated() {
  static const std::vector<net::Prefix> all = [] {
    std::vector<net::Prefix> list;
    for (const std::string_view text : kAllocated) list.push_back(known_prefix(text));
    return list;
  }();
  return all;
}

}  // namespace

std::optional<SpecialRange> special_range(const net::Prefix& prefix) {
  const SpecialRange* found = nullptr;
  for (const SpecialRange& range : special_ranges()) {
    if (!range.prefix.contains(prefix) && !prefix.contains(range.prefix)) continue;
    // Of a block that holds several, what is least possible is what to say.
    if (found == nullptr || range.kind == RangeKind::kBogon) found = &range;
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

bool is_private(const net::Prefix& prefix) {
  return std::ranges::any_of(special_ranges(), [&](const SpecialRange& range) {
    return range.kind == RangeKind::kPrivate && range.prefix.contains(prefix);
  });
}

bool has_private(const net::Prefix& prefix) {
  return std::ranges::any_of(special_ranges(), [&](const SpecialRange& range) {
    return range.kind == RangeKind::kPrivate && (range.prefix.contains(prefix) || prefix.contains(range.prefix));
  });
}

bool is_unallocated(const net::Prefix& prefix) {
  if (prefix.is_v4()) return false;
  for (const net::Prefix& block : allocated()) {
    if (block.contains(prefix)) return false;
  }
  return true;
}

}  // namespace larder::space
