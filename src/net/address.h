// IpAddress, Prefix, Endpoint: values for where peers are.
//
// An IPv4 address and the same one mapped into IPv6 (::ffff:a.b.c.d) are one value, so that a rule written for the
// first holds for a peer that shows up as the second.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace larder::net {

class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  constexpr IpAddress() = default;  // 0.0.0.0
  static constexpr IpAddress v4(std::uint32_t value) {
    IpAddress address;
    for (std::size_t i = 0; i < 4; ++i) address.bytes_[12 + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    return address;
  }
  static constexpr IpAddress v6(const Bytes& bytes) {
    IpAddress address;
    address.bytes_ = bytes;
    return address;
  }

  constexpr bool is_v4() const { return __builtin_memcmp(bytes_.data(), kMapped.data(), 12) == 0; }
  /// The IPv4 address as a number. REQUIRES: is_v4().
  std::uint32_t v4_value() const;
  /// 16 bytes in network order; IPv4 mapped into IPv6.
  constexpr const Bytes& bytes() const { return bytes_; }

  bool is_unspecified() const;   // 0.0.0.0, ::
  bool is_loopback() const;      // 127.0.0.0/8, ::1
  bool is_link_local() const;    // 169.254.0.0/16, fe80::/10
  bool is_private() const;       // 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16
  bool is_unique_local() const;  // fc00::/7
  bool is_multicast() const;     // 224.0.0.0/4, ff00::/8
  /// True if a host on the public Internet can have it: none of the above, nor shared (100.64.0.0/10), documentation,
  /// benchmark or reserved space, nor an IPv6 form (NAT64, 6to4, Teredo) that wraps such an IPv4 address.
  /// Source: the IANA special-purpose address registries.
  bool is_public() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  static constexpr Bytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  Bytes bytes_ = kMapped;
};

/// "192.0.2.1", "2001:db8::1"; no brackets, no zone. Errors: kInvalid.
Result<IpAddress> parse_address(std::string_view text);
std::string to_string(const IpAddress& address);

// Prefix: the addresses whose first `length` bits are those of `network`.
class Prefix {
 public:
  /// Bits of `network` past `length` are cleared. REQUIRES: length at most 32 for IPv4, 128 for IPv6.
  Prefix(const IpAddress& network, int length);

  const IpAddress& network() const { return network_; }
  int length() const { return length_; }
  bool is_v4() const { return network_.is_v4(); }
  bool contains(const IpAddress& address) const;
  bool contains(const Prefix& other) const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  IpAddress network_;
  int length_;
};

/// "10.0.0.0/8", "2001:db8::/32", or one address. Errors: kInvalid; also bits set beyond the length, with the prefix
/// that was probably meant.
Result<Prefix> parse_prefix(std::string_view text);
std::string to_string(const Prefix& prefix);

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// "0.0.0.0:80", "[::]:80". Errors: kInvalid.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);

}  // namespace larder::net

template <>
struct std::hash<larder::net::IpAddress> {
  std::size_t operator()(const larder::net::IpAddress& address) const noexcept;
};
template <>
struct std::hash<larder::net::Endpoint> {
  std::size_t operator()(const larder::net::Endpoint& endpoint) const noexcept;
};
