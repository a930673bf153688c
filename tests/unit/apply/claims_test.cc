#include "apply/claims.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace larder::apply {
namespace {

TEST(Claims, ABlockIsWantedIfOthersWantItSomeOfItOrMore) {
  Claims claims;
  claims.add_block("10.0.0.0/16", 1);
  claims.add_block("2001:db8:1::/48", 2);
  for (const char* block :
       {"10.0.0.0/16", "10.0.255.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "2001:db8:1:2::/64"}) {
    EXPECT_TRUE(claims.others_want_block(block, 0)) << block;
  }
  for (const char* block : {"10.1.0.0/16", "11.0.0.0/8", "2001:db8:2::/48", "nothing"}) {
    EXPECT_FALSE(claims.others_want_block(block, 0)) << block;
  }
}

TEST(Claims, WhatOneWantsItselfIsNotWantedByOthers) {
  Claims claims;
  claims.add_block("10.0.0.0/24", 1);
  claims.add_block("10.0.1.0/24", 1);
  claims.add_address("1.1.1.1", 1);
  EXPECT_FALSE(claims.others_want_block("10.0.0.0/23", 1));
  EXPECT_FALSE(claims.others_want_address("1.1.1.1", 1));
  claims.add_block("10.0.1.0/24", 2);
  claims.add_address("1.1.1.1", 2);
  EXPECT_TRUE(claims.others_want_block("10.0.0.0/23", 1));
  EXPECT_TRUE(claims.others_want_address("1.1.1.1", 1));
}

// Against the obvious way: each claim is looked at.
TEST(Claims, AllPairsOfSmallBlocksAreTold) {
  std::vector<net::Prefix> blocks;
  for (int length = 28; length <= 32; ++length) {
    for (std::uint32_t network = 0; network < 16; network += 1U << (32 - length)) {
      blocks.emplace_back(net::IpAddress::v4(0x0A000000U + network), length);
    }
  }
  for (const net::Prefix& claimed : blocks) {
    Claims claims;
    claims.add_block(net::to_string(claimed), 1);
    for (const net::Prefix& given : blocks) {
      EXPECT_EQ(claims.others_want_block(net::to_string(given), 2), claimed.contains(given) || given.contains(claimed))
          << net::to_string(claimed) << " " << net::to_string(given);
    }
  }
}

}  // namespace
}  // namespace larder::apply
