#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <span>

#include "core/check.h"

namespace larder::net {
namespace {

constexpr std::size_t kLongestAddress = 45;  // "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"

struct Block {
  std::array<std::uint8_t, 16> bytes;
  int length;
};

/// Whether the first `length` of the 128 bits are the same.
bool same_bits(const IpAddress::Bytes& a, const IpAddress::Bytes& b, int length) {
  const auto whole = static_cast<std::size_t>(length) / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const int rest = length % 8;
  if (rest == 0) return true;
  return ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

constexpr Block v4_block(std::uint8_t a, std::uint8_t b, std::uint8_t c, int length) {
  return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0}, 96 + length};
}

constexpr std::array kSpecial = {
    v4_block(0, 0, 0, 8),      v4_block(10, 0, 0, 8),     v4_block(100, 64, 0, 10), v4_block(127, 0, 0, 8),
    v4_block(169, 254, 0, 16), v4_block(172, 16, 0, 12),  v4_block(192, 0, 0, 24),  v4_block(192, 0, 2, 24),
    v4_block(192, 88, 99, 24), v4_block(192, 168, 0, 16), v4_block(198, 18, 0, 15), v4_block(198, 51, 100, 24),
    v4_block(203, 0, 113, 24), v4_block(224, 0, 0, 3),
};

/// Inside 2000::/3, the only global IPv6 space, what is special all the same.
constexpr std::array kSpecialGlobalV6 = {
    Block{{0x20, 0x01}, 23},              // protocol assignments, Teredo among them
    Block{{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    Block{{0x20, 0x02}, 16},              // 6to4: wraps any IPv4 address
    Block{{0x3f, 0xff}, 20},              // documentation
};

constexpr Block kGlobalV6 = {{0x20}, 3};

bool is_in(const Block& block, const IpAddress& address) {
  return same_bits(block.bytes, address.bytes(), block.length);
}

template <class T>
bool parse_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

std::size_t hash_bytes(const IpAddress::Bytes& bytes, std::uint64_t extra) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, bytes.data(), 8);
  std::memcpy(&low, bytes.data() + 8, 8);
  std::uint64_t hash = (high ^ std::rotl(extra, 40)) * 0x9e3779b97f4a7c15ULL;
  hash = (hash ^ (hash >> 32) ^ low) * 0xd6e8feb86659fd93ULL;
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

}  // namespace

std::uint32_t IpAddress::v4_value() const {
  CHECK(is_v4(), "only an IPv4 address is one number");
  return std::uint32_t{bytes_[12]} << 24 | std::uint32_t{bytes_[13]} << 16 | std::uint32_t{bytes_[14]} << 8 |
         bytes_[15];
}

bool IpAddress::is_unspecified() const { return *this == IpAddress() || *this == v6({}); }

bool IpAddress::is_loopback() const {
  static constexpr IpAddress kLoopbackV6 = v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  return is_v4() ? bytes_[12] == 127 : *this == kLoopbackV6;
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return bytes_[12] == 169 && bytes_[13] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool IpAddress::is_private() const {
  if (!is_v4()) return false;
  return bytes_[12] == 10 || (bytes_[12] == 172 && (bytes_[13] & 0xf0) == 16) ||
         (bytes_[12] == 192 && bytes_[13] == 168);
}

bool IpAddress::is_unique_local() const { return !is_v4() && (bytes_[0] & 0xfe) == 0xfc; }

bool IpAddress::is_multicast() const { return is_v4() ? (bytes_[12] & 0xf0) == 0xe0 : bytes_[0] == 0xff; }

bool IpAddress::is_public() const {
  if (is_v4()) {
    for (const Block& block : kSpecial) {
      if (is_in(block, *this)) return false;
    }
    return true;
  }
  if (!is_in(kGlobalV6, *this)) return false;
  for (const Block& block : kSpecialGlobalV6) {
    if (is_in(block, *this)) return false;
  }
  return true;
}

Result<IpAddress> parse_address(std::string_view text) {
  std::array<char, kLongestAddress + 1> terminated{};
  if (text.size() <= kLongestAddress && text.find('\0') == std::string_view::npos) {
    text.copy(terminated.data(), text.size());
    in_addr v4{};
    if (inet_pton(AF_INET, terminated.data(), &v4) == 1) return IpAddress::v4(ntohl(v4.s_addr));
    IpAddress::Bytes bytes{};
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return IpAddress::v6(bytes);
  }
  return fail(Errc::kInvalid, "\"{}\" is not an IP address such as 192.0.2.1 or 2001:db8::1", text);
}

// Each response's access record has one: inet_ntop() would print IPv4 by way of printf.
std::string to_string(const IpAddress& address) {
  if (!address.is_v4()) {
    std::array<char, kLongestAddress + 1> text{};
    inet_ntop(AF_INET6, address.bytes().data(), text.data(), text.size());
    return text.data();
  }
  std::string text;
  for (const std::uint8_t part : std::span(address.bytes()).last<4>()) {
    if (!text.empty()) text += '.';
    const fmt::format_int digits(part);
    text.append(digits.data(), digits.size());
  }
  return text;
}

Prefix::Prefix(const IpAddress& network, int length) : network_(network), length_(length) {
  CHECK(length >= 0 && length <= (network.is_v4() ? 32 : 128), "a prefix is at most as long as its address");
  IpAddress::Bytes bytes = network.bytes();
  for (int bit = length + (network.is_v4() ? 96 : 0); bit < 128; ++bit) {
    bytes[static_cast<std::size_t>(bit) / 8] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  }
  network_ = IpAddress::v6(bytes);
}

bool Prefix::contains(const IpAddress& address) const {
  if (address.is_v4() != is_v4()) return false;
  return same_bits(network_.bytes(), address.bytes(), length_ + (is_v4() ? 96 : 0));
}

bool Prefix::contains(const Prefix& other) const { return other.length_ >= length_ && contains(other.network_); }

Result<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  const auto right = [&] {
    return fail(Errc::kInvalid, "\"{}\" is not a prefix such as 10.0.0.0/8 or 2001:db8::/32", text);
  };
  if (!address) return right();
  const int longest = address->is_v4() ? 32 : 128;
  int length = longest;
  if (slash != std::string_view::npos) {
    unsigned number = 0;
    if (!parse_number(text.substr(slash + 1), number) || number > static_cast<unsigned>(longest)) return right();
    length = static_cast<int>(number);
  }
  const Prefix prefix(*address, length);
  if (prefix.network() != *address) {
    return fail(Errc::kInvalid, "\"{}\" has bits set beyond its length; {} is meant, or a longer prefix", text,
                to_string(prefix));
  }
  return prefix;
}

std::string to_string(const Prefix& prefix) {
  return fmt::format("{}/{}", to_string(prefix.network()), prefix.length());
}

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto wrong = [&] {
    return fail(Errc::kInvalid, "\"{}\" is not an address and port such as 0.0.0.0:80 or [::]:80", text);
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = parse_address(host);
  Endpoint endpoint;
  if (!address || bracketed != (host.find(':') != std::string_view::npos)) return wrong();
  if (!parse_number(text.substr(colon + 1), endpoint.port)) return wrong();
  endpoint.address = *address;
  return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
  return fmt::format(fmt::runtime(endpoint.address.is_v4() ? "{}:{}" : "[{}]:{}"), to_string(endpoint.address),
                     endpoint.port);
}

}  // namespace larder::net

std::size_t std::hash<larder::net::IpAddress>::operator()(const larder::net::IpAddress& address) const noexcept {
  return larder::net::hash_bytes(address.bytes(), 0);
}

std::size_t std::hash<larder::net::Endpoint>::operator()(const larder::net::Endpoint& endpoint) const noexcept {
  return larder::net::hash_bytes(endpoint.address.bytes(), endpoint.port);
}
