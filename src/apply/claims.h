// Claims: the addresses and blocks that nodes are to have, for those that give some up: do others wait for it?
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "net/address.h"

namespace larder::apply {

class Claims {
 public:
  /// `owner`: any number, a node's own.
  void add_block(std::string_view block, std::size_t owner);
  void add_address(const std::string& address, std::size_t owner) { addresses_.emplace(address, owner); }

  /// Whether somebody else than `owner` is to have some of `block`. Cost: a look-up for each bit of its length.
  bool others_want_block(std::string_view block, std::size_t owner) const;
  bool others_want_address(const std::string& address, std::size_t owner) const;

 private:
  std::multimap<net::Prefix, std::size_t> blocks_;
  std::multimap<std::string, std::size_t> addresses_;
};

}  // namespace larder::apply
