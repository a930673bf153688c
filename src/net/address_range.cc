#include "net/address_range.h"

#include <algorithm>
#include <cstdint>

namespace larder::net {
namespace {

constexpr int kMappedBits = 96;  // in front of an IPv4 address

int length_in_128(const Prefix& prefix) { return prefix.length() + (prefix.is_v4() ? kMappedBits : 0); }

AddressNumber host_mask(int length) {
  return length == 0 ? ~AddressNumber(0) : length == 128 ? 0 : (AddressNumber(1) << (128 - length)) - 1;
}

Prefix prefix_of(AddressNumber first, int length) {
  const IpAddress address = address_of(first);
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

AddressNumber number_of(const IpAddress& address) {
  AddressNumber number = 0;
  for (const std::uint8_t byte : address.bytes()) number = number << 8 | byte;
  return number;
}

IpAddress address_of(AddressNumber number) {
  IpAddress::Bytes bytes{};
  for (std::size_t i = 16; i-- > 0; number >>= 8) bytes[i] = static_cast<std::uint8_t>(number);
  return IpAddress::v6(bytes);
}

AddressRange range_of(const Prefix& prefix) {
  const AddressNumber first = number_of(prefix.network());
  return {first, first | host_mask(length_in_128(prefix))};
}

std::vector<AddressRange> address_set(const std::vector<Prefix>& prefixes) {
  std::vector<AddressRange> ranges;
  ranges.reserve(prefixes.size());
  for (const Prefix& prefix : prefixes) ranges.push_back(range_of(prefix));
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

std::vector<Prefix> prefixes_of(const std::vector<AddressRange>& set) {
  std::vector<Prefix> prefixes;
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

}  // namespace larder::net
