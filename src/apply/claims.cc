#include "apply/claims.h"

namespace larder::apply {

void Claims::add_block(std::string_view block, std::size_t owner) {
  if (const auto prefix = net::parse_prefix(block)) blocks_.emplace(*prefix, owner);
}

bool Claims::others_want_block(std::string_view block, std::size_t owner) const {
  const auto prefix = net::parse_prefix(block);
  if (!prefix) return false;
  for (int length = prefix->length(); length >= 0; --length) {
    const auto [first, last] = blocks_.equal_range(net::Prefix(prefix->network(), length));
    for (auto claim = first; claim != last; ++claim) {
      if (claim->second != owner) return true;
    }
  }
  // What lies within it comes right after it.
  for (auto claim = blocks_.upper_bound(*prefix); claim != blocks_.end(); ++claim) {
    if (!prefix->contains(claim->first)) return false;
    if (claim->second != owner) return true;
  }
  return false;
}

bool Claims::others_want_address(const std::string& address, std::size_t owner) const {
  const auto [first, last] = addresses_.equal_range(address);
  for (auto claim = first; claim != last; ++claim) {
    if (claim->second != owner) return true;
  }
  return false;
}

}  // namespace larder::apply
