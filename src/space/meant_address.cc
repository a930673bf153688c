#include "space/meant_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "net/address_range.h"

namespace larder::space {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr int kFarTooLong = 999;  // what a number of more digits than any length has counts as

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The number without leading zeros; "0" for zeros.
std::string_view without_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

/// "010.1.2.3" as "10.1.2.3"; what has no such parts as it is.
std::string without_zeros_in_parts(std::string_view text) {
  std::string plain;
  for (;;) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    plain += are_digits(part) ? without_zeros(part) : part;
    if (dot == text.size()) return plain;
    plain += '.';
    text.remove_prefix(dot + 1);
  }
}

/// `text` without the blanks in it, which are noted in `why`.
std::string without_blanks(std::string_view text, std::string& why) {
  std::string plain;
  for (const char c : text) {
    if (kBlanks.find(c) == std::string_view::npos) plain += c;
  }
  if (plain.size() != text.size()) why = "there are blanks in it";
  return plain;
}

}  // namespace

std::optional<net::IpAddress> wrapped_ipv4(const net::IpAddress& address) {
  const net::AddressNumber number = number_of(address);
  if (number <= 1 || number >> 32 != 0) return std::nullopt;
  return net::IpAddress::v4(static_cast<std::uint32_t>(number));
}

std::optional<MeantAddress> meant_address(std::string_view text) {
  std::string why;
  std::string plain = without_blanks(text, why);
  if (plain.starts_with('[') && plain.ends_with(']')) {
    plain = plain.substr(1, plain.size() - 2);
    why = "brackets belong to URLs";
  }
  if (const std::size_t percent = plain.find('%'); percent != std::string::npos) {
    plain.erase(percent);
    why = "a scope means something on one host only";
  }
  if (plain.find(':') == std::string::npos) {
    std::string shorter = without_zeros_in_parts(plain);
    if (shorter != plain) why = "some programs take numbers with leading zeros for octal ones";
    plain = std::move(shorter);
  }
  const auto address = net::parse_address(plain);
  if (!address) return std::nullopt;
  const auto wrapped = wrapped_ipv4(*address);
  if (wrapped || (address->is_v4() && plain.find(':') != std::string::npos)) {
    why = "it is an IPv4 address, written as IPv6";
  }
  return MeantAddress{wrapped.value_or(*address), std::move(why)};
}

std::optional<MeantLength> meant_length(std::string_view text) {
  std::string why;
  const std::string plain = without_blanks(text, why);
  if (are_digits(plain)) {
    const std::string_view digits = without_zeros(plain);
    if (digits.size() != plain.size()) why = "a prefix length has no leading zeros";
    return MeantLength{digits.size() > 3 ? kFarTooLong : std::stoi(std::string(digits)), std::move(why)};
  }
  const auto mask = net::parse_address(plain);
  if (!mask || !mask->is_v4() || plain.find(':') != std::string::npos) return std::nullopt;
  const int length = std::countl_one(mask->v4_value());
  if (std::popcount(mask->v4_value()) != length) return std::nullopt;
  return MeantLength{length, "a prefix length is a number of bits"};
}

}  // namespace larder::space
