#include "space/cidr_list.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "ledger/text.h"
#include "net/address_range.h"
#include "space/block_place.h"
#include "space/meant_address.h"

namespace larder::space {
namespace {

using ledger::FieldProblems;
using ledger::printable;

constexpr int kSubscriberLength = 56;
constexpr int kMappedBits = 96;      // in front of an IPv4 address that is written as IPv6
constexpr std::size_t kShown = 100;  // bytes of a wrong entry that are said again
constexpr std::string_view kSeparators = ", \t\r\n;";

/// What is wrong with an entry that is not taken as it stands, and what was probably meant.
void refuse_block(std::string_view text, const std::string& pointer, FieldProblems& problems) {
  const std::string shown = printable(text, kShown);
  const std::size_t slash = text.find('/');
  const auto address = meant_address(text.substr(0, slash));
  const bool v4 = address && address->address.is_v4();
  const bool mapped = v4 && text.find(':') != std::string_view::npos;
  const int longest = v4 && !mapped ? 32 : 128;
  const auto length =
      meant_length(slash == std::string_view::npos ? std::to_string(longest) : std::string(text.substr(slash + 1)));
  if (!address || !length) {
    problems.add(pointer,
                 fmt::format("{}: not an address block; write it like 2.21.234.0/24 or 2a00:1450::/32", shown));
  } else if (length->length > longest) {
    problems.add(pointer, fmt::format("{}: the prefix length is at most {}", shown, longest));
  } else if (mapped && length->length < kMappedBits) {
    problems.add(pointer, fmt::format("{}: {}; write it like 2.21.234.0/24", shown, address->why));
  } else {
    const net::Prefix meant(address->address, mapped ? length->length - kMappedBits : length->length);
    const std::string& why = !address->why.empty() ? address->why : length->why;
    problems.add(pointer, fmt::format("{}: {}", shown, why.empty() ? "bits are set beyond the prefix length" : why),
                 to_string(meant));
  }
}

/// Whether it is an IPv4 block with zeros in front of it, ::193.113.0.0/112. :: and ::1 are what they are.
bool wraps_ipv4(const net::Prefix& prefix) {
  if (prefix.length() < kMappedBits) return false;
  return wrapped_ipv4(prefix.network()) || (prefix.network() == net::IpAddress::v6({}) && prefix.length() < 128);
}

void refuse_wrapped(const net::Prefix& prefix, std::string_view text, const std::string& pointer,
                    FieldProblems& problems) {
  const net::IpAddress first = wrapped_ipv4(prefix.network()).value_or(net::IpAddress::v4(0));
  problems.add(pointer,
               fmt::format("{}: it is an IPv4 block, written as IPv6; list the IPv4 block", printable(text, kShown)),
               to_string(net::Prefix(first, prefix.length() - kMappedBits)));
}

/// A range of two addresses, as the blocks that it is.
void refuse_range(std::string_view text, const std::string& pointer, FieldProblems& problems) {
  const std::size_t dash = text.find('-');
  const auto first = meant_address(text.substr(0, dash));
  const auto last = meant_address(text.substr(dash + 1));
  if (!first || !last) return refuse_block(text, pointer, problems);
  const std::string shown = printable(text, kShown);
  if (first->address.is_v4() != last->address.is_v4()) {
    problems.add(pointer, fmt::format("{}: the range begins in one family and ends in the other", shown));
  } else if (last->address < first->address) {
    problems.add(pointer, fmt::format("{}: the range ends before it begins", shown));
  } else {
    std::string blocks;
    for (const net::Prefix& prefix : net::prefixes_of({{number_of(first->address), number_of(last->address)}})) {
      blocks += (blocks.empty() ? "" : ", ") + to_string(prefix);
    }
    problems.add(pointer, fmt::format("{}: a range is written as CIDR blocks", shown), std::move(blocks));
  }
}

/// Only what can be read in one way: parse_prefix() alone is more patient than that.
std::optional<net::Prefix> parse_entry(std::string_view text, const std::string& pointer, FieldProblems& problems) {
  const std::size_t slash = text.find('/');
  const bool zeros = slash != std::string_view::npos && text.size() > slash + 2 && text[slash + 1] == '0';
  const auto prefix = net::parse_prefix(text);
  const bool mapped = prefix && prefix->is_v4() && text.find(':') != std::string_view::npos;
  const bool wrapped = prefix && wraps_ipv4(*prefix);
  if (prefix && !zeros && !mapped && !wrapped) return *prefix;
  if (problems.full()) {
    problems.add_unlisted();
    return std::nullopt;
  }
  if (wrapped) {
    refuse_wrapped(*prefix, text, pointer, problems);
  } else if (text.find('-') != std::string_view::npos && slash == std::string_view::npos) {
    refuse_range(text, pointer, problems);
  } else {
    refuse_block(text, pointer, problems);
  }
  return std::nullopt;
}

/// `list` without the blocks that lie in another one of it, which are noted.
CidrList without_repeated(const CidrList& list, std::string_view pointer, FieldProblems& problems) {
  std::vector<std::pair<std::string, std::size_t>> order;  // a place sorts right before what lies in it
  for (std::size_t i = 0; i < list.blocks.size(); ++i) order.emplace_back(place_of(list.blocks[i]), i);
  std::sort(order.begin(), order.end());
  std::vector<bool> repeated(list.blocks.size());
  const net::Prefix* outer_v4 = nullptr;
  const net::Prefix* outer_v6 = nullptr;
  for (const auto& [place, i] : order) {
    const net::Prefix& block = list.blocks[i];
    const net::Prefix*& outer = block.is_v4() ? outer_v4 : outer_v6;
    if (outer == nullptr || !outer->contains(block)) {
      outer = &block;
      continue;
    }
    repeated[i] = true;
    problems.add(fmt::format("{}/{}", pointer, list.entries[i]),
                 *outer == block
                     ? fmt::format("{} is listed twice", to_string(block))
                     : fmt::format("{} lies within {}, which is listed too", to_string(block), to_string(*outer)));
  }
  CidrList apart;
  for (std::size_t i = 0; i < list.blocks.size(); ++i) {
    if (!repeated[i]) apart.add(list.blocks[i], list.entries[i]);
  }
  return apart;
}

/// Where the entry that begins at `at` ends: at a separator that is no blank beside "-" or "/".
std::size_t end_of_entry(std::string_view text, std::size_t at) {
  constexpr std::string_view kBlanks = " \t";
  constexpr std::string_view kJoints = "-/";
  for (;;) {
    const std::size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    if (end == text.size() || kBlanks.find(text[end]) == std::string_view::npos) return end;
    const std::size_t next = text.find_first_not_of(kBlanks, end);
    if (next == std::string_view::npos || kSeparators.find(text[next]) != std::string_view::npos) return end;
    const bool joined = kJoints.find(text[next]) != std::string_view::npos ||
                        (end > 0 && kJoints.find(text[end - 1]) != std::string_view::npos);
    if (!joined) return end;
    at = next;
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

CidrList::CidrList(std::vector<net::Prefix> all) : blocks(std::move(all)), entries(blocks.size()) {
  std::iota(entries.begin(), entries.end(), std::size_t{0});
}

void CidrList::add(const net::Prefix& block, std::size_t entry) {
  blocks.push_back(block);
  entries.push_back(entry);
}

std::vector<std::string_view> split_cidr_list(std::string_view text, std::size_t most) {
  std::vector<std::string_view> entries;
  for (std::size_t at = text.find_first_not_of(kSeparators); at != std::string_view::npos && entries.size() < most;
       at = text.find_first_not_of(kSeparators, at)) {
    const std::size_t end = end_of_entry(text, at);
    entries.push_back(text.substr(at, end - at));
    at = end;
  }
  return entries;
}

CidrList parse_cidr_list(const std::vector<std::string>& entries, std::string_view pointer, FieldProblems& problems) {
  CidrList list;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto prefix = parse_entry(entries[i], fmt::format("{}/{}", pointer, i), problems);
    if (prefix) list.add(*prefix, i);
  }
  return without_repeated(list, pointer, problems);
}

}  // namespace larder::space
