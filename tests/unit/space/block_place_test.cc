#include "space/block_place.h"

#include <gtest/gtest.h>

namespace larder::space {
namespace {

net::Prefix prefix(std::string_view text) { return *net::parse_prefix(text); }

TEST(BlockPlace, IsTheSamePrefixAgain) {
  for (const char* text : {"0.0.0.0/0", "10.0.0.0/8", "192.0.2.7/32", "::/0", "2001:db8::/32", "ff00::/8", "::1/128"}) {
    EXPECT_EQ(to_string(prefix_at(place_of(prefix(text)))), text);
  }
}

TEST(BlockPlace, SortsABlockRightBeforeWhatLiesInIt) {
  EXPECT_LT(place_of(prefix("10.0.0.0/8")), place_of(prefix("10.0.0.0/24")));
  EXPECT_LT(place_of(prefix("10.0.0.0/24")), place_of(prefix("10.0.0.7/32")));
  EXPECT_LT(place_of(prefix("10.0.0.7/32")), place_of(prefix("10.0.1.0/24")));
}

}  // namespace
}  // namespace larder::space
