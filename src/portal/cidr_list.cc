#include "portal/cidr_list.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "portal/address_range.h"
#include "portal/text.h"

namespace larder::portal {
namespace {

constexpr int kSubscriberLength = 56;

struct Numbered {
  net::Prefix prefix;
  std::size_t index;
};

/// "10.0.0.0-10.0.1.255" as the blocks it is; nullopt: it is no such range.
std::optional<std::string> blocks_of_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = net::parse_address(text.substr(0, dash));
  const auto last = net::parse_address(text.substr(dash + 1));
  if (!first || !last || first->is_v4() != last->is_v4() || *last < *first) return std::nullopt;
  std::string blocks;
  for (const net::Prefix& prefix : prefixes_of({{number_of(*first), number_of(*last)}})) {
    blocks += (blocks.empty() ? "" : ", ") + to_string(prefix);
  }
  return blocks;
}

std::optional<net::Prefix> parse_entry(std::string_view text, const std::string& pointer, FieldProblems& problems) {
  if (const auto prefix = net::parse_prefix(text)) return *prefix;
  if (auto blocks = blocks_of_range(text)) {
    problems.add(pointer, fmt::format("{}: a range is written as CIDR blocks", text), *std::move(blocks));
    return std::nullopt;
  }
  const std::size_t slash = text.find('/');
  const auto address = net::parse_address(text.substr(0, slash));
  unsigned length = 0;
  if (address && slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const unsigned longest = address->is_v4() ? 32 : 128;
    const bool number = !digits.empty() && end == digits.data() + digits.size() && error != std::errc::invalid_argument;
    if (number && (error != std::errc() || length > longest)) {
      problems.add(pointer, fmt::format("{}: the prefix length is at most {}", text, longest));
      return std::nullopt;
    }
    if (number) {
      problems.add(pointer, fmt::format("{}: bits are set beyond the prefix length", text),
                   to_string(net::Prefix(*address, static_cast<int>(length))));
      return std::nullopt;
    }
  }
  problems.add(pointer, fmt::format("{}: not an address block; write it like 2.21.234.0/24 or 2a00:1450::/32",
                                    printable(text, 60)));
  return std::nullopt;
}

void refuse_repeated(std::vector<Numbered>& blocks, std::string_view pointer, FieldProblems& problems) {
  std::sort(blocks.begin(), blocks.end(), [](const Numbered& a, const Numbered& b) {
    const std::string place_a = place_of(a.prefix);
    const std::string place_b = place_of(b.prefix);
    return place_a != place_b ? place_a < place_b : a.index < b.index;
  });
  const Numbered* outer = nullptr;
  for (const Numbered& block : blocks) {
    if (outer == nullptr || !outer->prefix.contains(block.prefix)) {
      outer = &block;
      continue;
    }
    const std::string at = fmt::format("{}/{}", pointer, block.index);
    if (outer->prefix == block.prefix) {
      problems.add(at, fmt::format("{} is listed twice", to_string(block.prefix)));
    } else {
      problems.add(
          at, fmt::format("{} lies within {}, which is listed too", to_string(block.prefix), to_string(outer->prefix)));
    }
  }
}

}  // namespace

AddressCount& AddressCount::operator+=(const AddressCount& other) {
  ipv4_addresses += other.ipv4_addresses;
  ipv6_networks += other.ipv6_networks;
  return *this;
}

AddressCount count_of(const net::Prefix& prefix) {
  if (prefix.is_v4()) return {.ipv4_addresses = std::int64_t{1} << (32 - prefix.length())};
  const int bits = kSubscriberLength - prefix.length();
  return {.ipv6_networks = bits <= 0 ? 1 : std::int64_t{1} << bits};
}

AddressCount count_of(const std::vector<net::Prefix>& prefixes) {
  AddressCount count;
  for (const net::Prefix& prefix : prefixes) count += count_of(prefix);
  return count;
}

std::vector<std::string_view> split_cidr_list(std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\r\n;";
  std::vector<std::string_view> entries;
  for (std::size_t at = text.find_first_not_of(kSeparators); at != std::string_view::npos;
       at = text.find_first_not_of(kSeparators, at)) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    entries.push_back(text.substr(at, end - at));
    at = end;
  }
  return entries;
}

std::vector<net::Prefix> parse_cidr_list(const std::vector<std::string>& entries, std::string_view pointer,
                                         FieldProblems& problems) {
  std::vector<Numbered> blocks;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto prefix = parse_entry(entries[i], fmt::format("{}/{}", pointer, i), problems);
    if (prefix) blocks.push_back({*prefix, i});
  }
  std::vector<net::Prefix> in_order;
  for (const Numbered& block : blocks) in_order.push_back(block.prefix);
  refuse_repeated(blocks, pointer, problems);
  return in_order;
}

}  // namespace larder::portal
