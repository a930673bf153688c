#include "space/block_place.h"

#include <fmt/format.h>

#include <charconv>

#include "core/check.h"
#include "net/address_range.h"

namespace larder::space {
namespace {

constexpr std::size_t kAddressDigits = 32;
constexpr int kMappedLength = 96;  // in front of an IPv4 address

}  // namespace

std::string place_of(const net::Prefix& prefix) {
  const net::AddressNumber first = number_of(prefix.network());
  return fmt::format("{:016x}{:016x}{:02x}", static_cast<std::uint64_t>(first >> 64), static_cast<std::uint64_t>(first),
                     prefix.length() + (prefix.is_v4() ? kMappedLength : 0));
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
  const net::IpAddress address = net::address_of(net::AddressNumber(parts[0]) << 64 | parts[1]);
  const int length = static_cast<int>(parts[2]);
  return {address, address.is_v4() && length >= kMappedLength ? length - kMappedLength : length};
}

}  // namespace larder::space
