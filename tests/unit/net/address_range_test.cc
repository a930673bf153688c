#include "net/address_range.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "support/seed.h"

namespace larder::net {
namespace {

Prefix block(std::string_view text) { return *parse_prefix(text); }

std::vector<std::string> texts(const std::vector<Prefix>& prefixes) {
  std::vector<std::string> all;
  for (const Prefix& one : prefixes) all.push_back(to_string(one));
  return all;
}

using Texts = std::vector<std::string>;

TEST(AddressRange, JoinsBlocksThatTouch) {
  const auto set = address_set({block("10.0.1.0/24"), block("10.0.0.0/24"), block("10.0.0.128/25")});
  ASSERT_EQ(set.size(), 1U);
  EXPECT_EQ(texts(prefixes_of(set)), (Texts{"10.0.0.0/23"}));
}

TEST(AddressRange, WhatIsLeftOfABlockIsTheFewestPrefixes) {
  const auto left = difference(address_set({block("10.0.0.0/22")}), address_set({block("10.0.1.0/24")}));
  EXPECT_EQ(texts(prefixes_of(left)), (Texts{"10.0.0.0/24", "10.0.2.0/23"}));
}

TEST(AddressRange, IntersectionIsWhatBothHave) {
  const auto both = intersection(address_set({block("10.0.0.0/22"), block("2001:db8::/32")}),
                                 address_set({block("10.0.3.0/24"), block("10.0.4.0/24"), block("2001:db8:1::/48")}));
  EXPECT_EQ(texts(prefixes_of(both)), (Texts{"10.0.3.0/24", "2001:db8:1::/48"}));
}

TEST(AddressRange, TheEndsOfTheAddressSpaceAreNoSpecialCase) {
  EXPECT_EQ(texts(prefixes_of(address_set({block("::/0")}))), (Texts{"::/0"}));
  EXPECT_EQ(texts(prefixes_of(address_set({block("0.0.0.0/0")}))), (Texts{"0.0.0.0/0"}));
  EXPECT_EQ(texts(prefixes_of(address_set({block("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}))),
            (Texts{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"}));
}

/// The addresses of 10.0.0.0/24 that a set holds: the obvious slow version.
std::set<int> members(const std::vector<AddressRange>& set) {
  std::set<int> found;
  for (int i = 0; i < 256; ++i) {
    const AddressNumber number = number_of(IpAddress::v4(0x0a000000U + static_cast<unsigned>(i)));
    for (const AddressRange& range : set) {
      if (range.first <= number && number <= range.last) found.insert(i);
    }
  }
  return found;
}

TEST(AddressRange, SetsAgreeWithCountingAddresses) {
  SCOPED_TRACE(support::seed_trace());
  std::mt19937 random(support::test_seed());
  const auto some = [&] {
    std::vector<Prefix> prefixes;
    for (unsigned i = random() % 6; i > 0; --i) {
      prefixes.emplace_back(IpAddress::v4(0x0a000000U + random() % 256), 24 + static_cast<int>(random() % 9));
    }
    return address_set(prefixes);
  };
  for (int round = 0; round < 300; ++round) {
    const auto a = some();
    const auto b = some();
    const auto in_a = members(a);
    const auto in_b = members(b);
    std::set<int> only_a;
    std::set<int> both;
    for (const int i : in_a) (in_b.contains(i) ? both : only_a).insert(i);
    ASSERT_EQ(members(difference(a, b)), only_a);
    ASSERT_EQ(members(intersection(a, b)), both);
    ASSERT_EQ(members(address_set(prefixes_of(a))), in_a);
  }
}

}  // namespace
}  // namespace larder::net
