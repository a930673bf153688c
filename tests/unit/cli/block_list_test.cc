#include "cli/block_list.h"

#include <gtest/gtest.h>

namespace larder::cli {
namespace {

std::vector<std::string> entries_of(std::string_view text) {
  std::vector<std::string> found;
  for (const command_line::ListedPart& part : split_blocks(text)) found.push_back(part.text);
  return found;
}

std::vector<std::string> joined(const std::vector<std::string>& texts) {
  std::vector<CidrBlock> blocks;
  for (const std::string& text : texts) blocks.push_back({text, "x"});
  std::vector<std::string> found;
  for (const CidrBlock& block : aggregated(blocks)) found.push_back(block.prefix);
  return found;
}

using Texts = std::vector<std::string>;

TEST(BlockList, IsAListInAnyFormThatPeopleHave) {
  EXPECT_EQ(entries_of("10.0.0.0/8, 192.0.2.0/24;\n# not this\n2001:db8::/32 # nor this\n"),
            (Texts{"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"}));
  EXPECT_EQ(entries_of(""), Texts());
}

TEST(BlockList, BlanksAroundTheDashOfARangeSeparateNothing) {
  EXPECT_EQ(entries_of("10.0.0.0 - 10.0.0.255 10.2.0.0/16\n10.1.0.0 -10.1.0.7\n10.3.0.0- 10.3.0.7"),
            (Texts{"10.0.0.0-10.0.0.255", "10.2.0.0/16", "10.1.0.0-10.1.0.7", "10.3.0.0-10.3.0.7"}));
}

TEST(BlockList, OfATableOnlyTheColumnOfBlocksCounts) {
  const auto parts = split_blocks("region,ip_prefix,service\neu,10.0.0.0/8,A\nus,\"192.0.2.0/24\",B\n");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].text, "10.0.0.0/8");
  EXPECT_EQ(parts[1].text, "192.0.2.0/24");
  EXPECT_EQ(parts[1].line, 3U);
  EXPECT_EQ(entries_of("Network;City\n10.0.0.0 - 10.0.0.255;Old Town\n"), (Texts{"10.0.0.0 - 10.0.0.255"}));
}

TEST(BlockList, ARowThatIsCutOffIsShownAsItIs) {
  EXPECT_EQ(entries_of("region,prefix\neu,10.0.0.0/8\nus\n"), (Texts{"10.0.0.0/8", "us"}));
}

TEST(BlockList, AWrongFirstEntryIsNotTakenForAHeader) {
  EXPECT_EQ(entries_of("10.0.0.0/33\n10.0.0.0/8\n"), (Texts{"10.0.0.0/33", "10.0.0.0/8"}));
}

TEST(BlockList, AggregatedIsTheFewestBlocks) {
  EXPECT_EQ(joined({"10.0.1.0/24", "10.0.0.0/24", "10.0.0.7/32", "2001:db8::/32"}),
            (Texts{"10.0.0.0/23", "2001:db8::/32"}));
  EXPECT_EQ(joined({"10.0.0.0-10.0.1.255", "10.0.2.0 - 10.0.2.127"}), (Texts{"10.0.0.0/23", "10.0.2.0/25"}));
}

TEST(BlockList, WhatIsNoBlockIsLeftToThePortal) {
  EXPECT_EQ(joined({"10.0.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.0-2001:db8::", "192.0.2.0/24"}),
            (Texts{"192.0.2.0/24", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "10.0.0.0-2001:db8::"}));
}

}  // namespace
}  // namespace larder::cli
