#include "space/address_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/check.h"

namespace larder::space {
namespace {

constexpr std::size_t kAddressDigits = 32;
constexpr int kMappedBits = 96;  // in front of an IPv4 address

int length_in_128(const net::Prefix& prefix) { return prefix.length() + (prefix.is_v4() ? kMappedBits : 0); }

AddressNumber host_mask(int length) {
  return length == 0 ? ~AddressNumber(0) : length == 128 ? 0 : (AddressNumber(1) << (128 - length)) - 1;
}

net::Prefix prefix_of(AddressNumber first, int length) {
  const net::IpAddress address = address_of(first);
  const bool v4 = address.is_v4() && length >= kMappedBits;
  return {address, v4 ? length - kMappedBits : length};
}

int trailing_zeros(AddressNumber number) {
  const auto low = static_cast<std::uint64_t>(number);
  if (low != 0) return __builtin_ctzll(low);
  const auto high = static_cast<std::uint64_t>(number >> 64);
  return high != 0 ? 64 + __builtin_ctzll(high) : 128;
}

}  // namespace

AddressNumber number_of(const net::IpAddress& address) {
  AddressNumber number = 0;
  for (const std::uint8_t byte : address.bytes()) number = number << 8 | byte;
  return number;
}

net::IpAddress address_of(AddressNumber number) {
  net::IpAddress::Bytes bytes{};
  for (std::size_t i = 16; i-- > 0; number >>= 8) bytes[i] = static_cast<std::uint8_t>(number);
  return net::IpAddress::v6(bytes);
}

AddressRange range_of(const net::Prefix& prefix) {
  const AddressNumber first = number_of(prefix.network());
  return {first, first | host_mask(length_in_128(prefix))};
}

std::vector<AddressRange> address_set(const std::vector<net::Prefix>& prefixes) {
  std::vector<AddressRange> ranges;
  ranges.reserve(prefixes.size());
  for (const net::Prefix& prefix : prefixes) ranges.push_back(range_of(prefix));
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<AddressRange> set;
  for (const AddressRange& range : ranges) {
    if (!set.empty() && (range.first <= set.back().last || range.first - set.back().last == 1)) {
      set.back().last = std::max(set.back().last, range.last);
    } else {
      set.push_back(range);
    }
  }
  return set;
}

std::vector<AddressRange> difference(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b) {
  std::vector<AddressRange> left;
  auto taken = b.begin();
  for (AddressRange range : a) {
    while (taken != b.end() && taken->last < range.first) ++taken;
    bool gone = false;
    for (auto cut = taken; cut != b.end() && cut->first <= range.last; ++cut) {
      if (cut->first > range.first) left.push_back({range.first, cut->first - 1});
      gone = cut->last >= range.last;
      if (gone) break;
      range.first = cut->last + 1;
    }
    if (!gone) left.push_back(range);
  }
  return left;
}

std::vector<AddressRange> intersection(const std::vector<AddressRange>& a, const std::vector<AddressRange>& b) {
  std::vector<AddressRange> both;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const AddressNumber first = std::max(i->first, j->first);
    const AddressNumber last = std::min(i->last, j->last);
    if (first <= last) both.push_back({first, last});
    if (i->last < j->last) {
      ++i;
    } else {
      ++j;
    }
  }
  return both;
}

std::vector<net::Prefix> prefixes_of(const std::vector<AddressRange>& set) {
  std::vector<net::Prefix> prefixes;
  for (AddressRange range : set) {
    for (;;) {
      // The largest block that begins here and does not reach too far.
      int bits = trailing_zeros(range.first);
      while (bits > 0 && host_mask(128 - bits) > range.last - range.first) --bits;
      prefixes.push_back(prefix_of(range.first, 128 - bits));
      const AddressNumber end = range.first + host_mask(128 - bits);
      if (end >= range.last) break;
      range.first = end + 1;
    }
  }
  return prefixes;
}

std::string place_of(const net::Prefix& prefix) {
  const AddressNumber first = number_of(prefix.network());
  return fmt::format("{:016x}{:016x}{:02x}", static_cast<std::uint64_t>(first >> 64), static_cast<std::uint64_t>(first),
                     length_in_128(prefix));
}

net::Prefix prefix_at(std::string_view place) {
  CHECK(place.size() == kAddressDigits + 2, "this is no place of a prefix");
  std::uint64_t parts[3] = {};
  const std::string_view texts[3] = {place.substr(0, 16), place.substr(16, 16), place.substr(32)};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto [end, error] = std::from_chars(texts[i].data(), texts[i].data() + texts[i].size(), parts[i], 16);
    CHECK(error == std::errc() && end == texts[i].data() + texts[i].size() && (i < 2 || parts[i] <= 128),
          "this is no place of a prefix");
  }
  return prefix_of(AddressNumber(parts[0]) << 64 | parts[1], static_cast<int>(parts[2]));
}

}  // namespace larder::space
