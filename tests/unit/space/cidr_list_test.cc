#include "space/cidr_list.h"

#include <gtest/gtest.h>

#include <ostream>

namespace larder::space {
namespace {

using ledger::FieldProblems;

struct Wrong {
  std::string pointer;
  std::string detail;
  std::string suggestion;
  friend bool operator==(const Wrong&, const Wrong&) = default;
  friend void PrintTo(const Wrong& wrong, std::ostream* out) {
    *out << wrong.pointer << ": " << wrong.detail << " (" << wrong.suggestion << ")";
  }
};

std::vector<Wrong> wrong_in(const std::vector<std::string>& entries) {
  FieldProblems problems;
  parse_cidr_list(entries, "/cidr_blocks", problems);
  std::vector<Wrong> all;
  for (const ledger::FieldProblem& problem : problems.list()) {
    all.push_back({problem.pointer, problem.detail, problem.suggestion.value_or("")});
  }
  return all;
}

TEST(CidrList, TheListOfTheFormIsSplitAtCommasBlanksAndLines) {
  const auto entries = split_cidr_list(" 2.21.234.0/24 , 3.22.235.0/24\n4.23.236.0/24,,\r\n2a00:1450::/32 ");
  EXPECT_EQ(entries,
            (std::vector<std::string_view>{"2.21.234.0/24", "3.22.235.0/24", "4.23.236.0/24", "2a00:1450::/32"}));
  EXPECT_TRUE(split_cidr_list("").empty());
  EXPECT_EQ(split_cidr_list("a b c d", 3).size(), 3U);
  EXPECT_TRUE(split_cidr_list(" ,\n").empty());
}

TEST(CidrList, BlocksKeepTheirOrderAndAnAddressIsABlockOfOne) {
  FieldProblems problems;
  const auto blocks =
      parse_cidr_list({"3.22.235.0/24", "2.21.234.7", "2A00:1450::/32"}, "/cidr_blocks", problems).blocks;
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(to_string(blocks[0]), "3.22.235.0/24");
  EXPECT_EQ(to_string(blocks[1]), "2.21.234.7/32");
  EXPECT_EQ(to_string(blocks[2]), "2a00:1450::/32");
}

TEST(CidrList, SaysWhatIsWrongWithEachEntry) {
  using List = std::vector<Wrong>;
  EXPECT_EQ(wrong_in({"3.22.235.0/24", "x", "2.21.234.0/33"}),
            (List{{"/cidr_blocks/1", "x: not an address block; write it like 2.21.234.0/24 or 2a00:1450::/32", ""},
                  {"/cidr_blocks/2", "2.21.234.0/33: the prefix length is at most 32", ""}}));
  EXPECT_EQ(wrong_in({"2a00::/129"}), (List{{"/cidr_blocks/0", "2a00::/129: the prefix length is at most 128", ""}}));
  EXPECT_EQ(wrong_in({"2.21.234.0/99999999999999999999"})[0].detail,
            "2.21.234.0/99999999999999999999: the prefix length is at most 32");
  EXPECT_EQ(wrong_in({"2.21.234.5/24"}),
            (List{{"/cidr_blocks/0", "2.21.234.5/24: bits are set beyond the prefix length", "2.21.234.0/24"}}));
  EXPECT_EQ(wrong_in({"2.21.234.0-2.21.235.255"}),
            (List{{"/cidr_blocks/0", "2.21.234.0-2.21.235.255: a range is written as CIDR blocks", "2.21.234.0/23"}}));
  for (const char* text : {"2.21.234.0/", "2.21.234.0/x", "2.21.234.0/-1", "/24", "2.21.234.0/24/3", "2.21.234/24", "-",
                           "", "2.21.234.0/+24", "2.21.234.0/255.0.255.0", "2.21.234.0/::ffff:255.255.255.0",
                           "0x2.0x15.0.0/16", "2.21.234.0/24-2.21.235.0/24"}) {
    EXPECT_EQ(wrong_in({text}).size(), 1U) << text;
    EXPECT_EQ(wrong_in({text})[0].suggestion, "") << text;
  }
}

TEST(CidrList, WhatCouldBeReadInTwoWaysIsNotTakenButOffered) {
  struct Case {
    std::string text, why, meant;
  };
  const std::vector<Case> cases = {
      {"10.0.0.0/024", "a prefix length has no leading zeros", "10.0.0.0/24"},
      {"10.0.0.0/00", "a prefix length has no leading zeros", "0.0.0.0/0"},
      {"2a00::/032", "a prefix length has no leading zeros", "2a00::/32"},
      {"010.0.0.0/8", "some programs take numbers with leading zeros for octal ones", "10.0.0.0/8"},
      {"2.021.0.007", "some programs take numbers with leading zeros for octal ones", "2.21.0.7/32"},
      {"::ffff:2.21.234.0/120", "it is an IPv4 address, written as IPv6", "2.21.234.0/24"},
      {"::ffff:2.21.234.7", "it is an IPv4 address, written as IPv6", "2.21.234.7/32"},
      {"::ffff:2.21.234.0/24", "it is an IPv4 address, written as IPv6; write it like 2.21.234.0/24", ""},
      {"::ffff:c171:0/112", "it is an IPv4 address, written as IPv6", "193.113.0.0/16"},
      {"::ffff:0:0/96", "it is an IPv4 address, written as IPv6", "0.0.0.0/0"},
      {"::193.113.0.0/112", "it is an IPv4 block, written as IPv6; list the IPv4 block", "193.113.0.0/16"},
      {"::c171:0/112", "it is an IPv4 block, written as IPv6; list the IPv4 block", "193.113.0.0/16"},
      {"::193.113.0.7", "it is an IPv4 block, written as IPv6; list the IPv4 block", "193.113.0.7/32"},
      {"::/96", "it is an IPv4 block, written as IPv6; list the IPv4 block", "0.0.0.0/0"},
      {"::/104", "it is an IPv4 block, written as IPv6; list the IPv4 block", "0.0.0.0/8"},
      {"::193.113.5.0/112", "it is an IPv4 address, written as IPv6", "193.113.0.0/16"},
      {"::193.113.5.0/80", "it is an IPv4 address, written as IPv6; write it like 2.21.234.0/24", ""},
      {"::193.113.0.0-::193.113.255.255", "a range is written as CIDR blocks", "193.113.0.0/16"},
      {"fe80::%eth0/64", "a scope means something on one host only", "fe80::/64"},
      {"[2a00:1450::]/32", "brackets belong to URLs", "2a00:1450::/32"},
      {"2.21.234.0 / 24", "there are blanks in it", "2.21.234.0/24"},
      {" 2.21. 234.0/24", "there are blanks in it", "2.21.234.0/24"},
      {"2.21.234.0/255.255.255.0", "a prefix length is a number of bits", "2.21.234.0/24"},
      {"2.21.234.0/0.0.0.0", "a prefix length is a number of bits", "0.0.0.0/0"},
      {"2.21.234.0-2.21.234.2", "a range is written as CIDR blocks", "2.21.234.0/31, 2.21.234.2/32"},
      {"2.21.234.0 - 2.21.234.255", "a range is written as CIDR blocks", "2.21.234.0/24"},
      {"02.21.234.0-2.21.234.255", "a range is written as CIDR blocks", "2.21.234.0/24"},
      {"2a00::-2a00::ffff", "a range is written as CIDR blocks", "2a00::/112"},
      {"0.0.0.0-255.255.255.255", "a range is written as CIDR blocks", "0.0.0.0/0"},
      {"2.21.234.9-2.21.234.8", "the range ends before it begins", ""},
      {"2.21.234.9-2a00::", "the range begins in one family and ends in the other", ""},
  };
  for (const Case& wrong : cases) {
    EXPECT_EQ(wrong_in({wrong.text}),
              (std::vector<Wrong>{{"/cidr_blocks/0", wrong.text + ": " + wrong.why, wrong.meant}}));
  }
}

TEST(CidrList, AddressesThatWrapNoIpv4OneAreTakenAsTheyStand) {
  for (const char* text : {"::1", "::", "::1/128", "::/0", "::1:0:0/96", "2002:c171::/32", "64:ff9b::/96"}) {
    EXPECT_TRUE(wrong_in({text}).empty()) << text;
  }
}

TEST(CidrList, BlanksAroundADashOrASlashSeparateNothing) {
  using Views = std::vector<std::string_view>;
  EXPECT_EQ(split_cidr_list("2.21.234.0 - 2.21.234.255, 9.9.9.0 /24 3.0.0.0/ 8"),
            (Views{"2.21.234.0 - 2.21.234.255", "9.9.9.0 /24", "3.0.0.0/ 8"}));
  EXPECT_EQ(split_cidr_list("2.21.234.0/24\n- 3.0.0.0/8 -\n/ ,-"), (Views{"2.21.234.0/24", "- 3.0.0.0/8 -", "/", "-"}));
}

TEST(CidrList, ABlockKnowsItsEntry) {
  FieldProblems problems;
  const CidrList list =
      parse_cidr_list({"2.21.234.0/24", "x", "9.9.9.0/24", "2.21.234.7", "3.0.0.0/8"}, "/cidr_blocks", problems);
  EXPECT_EQ(list.blocks, (std::vector<net::Prefix>{*net::parse_prefix("2.21.234.0/24"),
                                                   *net::parse_prefix("9.9.9.0/24"), *net::parse_prefix("3.0.0.0/8")}));
  EXPECT_EQ(list.entries, (std::vector<std::size_t>{0, 2, 4}));
}

TEST(CidrList, ABlockIsListedOnce) {
  using List = std::vector<Wrong>;
  EXPECT_EQ(wrong_in({"2.21.234.0/24", "2.21.234.0/24"}),
            (List{{"/cidr_blocks/1", "2.21.234.0/24 is listed twice", ""}}));
  EXPECT_EQ(wrong_in({"2.21.234.128/25", "9.9.9.0/24", "2.21.234.0/24"}),
            (List{{"/cidr_blocks/0", "2.21.234.128/25 lies within 2.21.234.0/24, which is listed too", ""}}));
  EXPECT_EQ(wrong_in({"::/0", "2.21.234.0/24", "2a00::/32"}),
            (List{{"/cidr_blocks/2", "2a00::/32 lies within ::/0, which is listed too", ""}}));
}

TEST(CidrList, Ipv6IsCountedInNetworksOfOneSubscriber) {
  EXPECT_EQ(count_of(*net::parse_prefix("2.21.234.0/24")).ipv4_addresses, 256);
  EXPECT_EQ(count_of(*net::parse_prefix("0.0.0.0/0")).ipv4_addresses, 4'294'967'296);
  EXPECT_EQ(count_of(*net::parse_prefix("2a00:1450::/40")).ipv6_networks, 65'536);
  EXPECT_EQ(count_of(*net::parse_prefix("2a00:1450::/56")).ipv6_networks, 1);
  EXPECT_EQ(count_of(*net::parse_prefix("2a00:1450::1")).ipv6_networks, 1);
  EXPECT_EQ(count_of(*net::parse_prefix("::/0")).ipv6_networks, 72'057'594'037'927'936);
}

TEST(CidrList, TheSameGreatBlockManyTimesIsCountedOnce) {
  FieldProblems problems;
  const CidrList list = parse_cidr_list(std::vector<std::string>(1000, "::/0"), "/cidr_blocks", problems);
  EXPECT_EQ(count_of(list.blocks).ipv6_networks, 72'057'594'037'927'936);
  EXPECT_EQ(problems.list().size(), FieldProblems::kMost);
  EXPECT_TRUE(problems.more());
}

}  // namespace
}  // namespace larder::space
