#include "origin/name_table.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::origin {
namespace {

NameTable::Entry known() {
  NameTable::Entry entry;
  entry.addresses.push_back(net::IpAddress::v4(0xc6290004));
  return entry;
}

NameTable::Entry unknown() {
  NameTable::Entry entry;
  entry.failure = Error{Errc::kNotFound, "no such host"};
  return entry;
}

TEST(NameTable, UnknownNamesPushOutTheOldestUnknownOnes) {
  NameTable table({.known = 2, .unknown = 3});
  table.put("known.example", known());
  for (int i = 0; i < 10; ++i) table.put("u" + std::to_string(i) + ".example", unknown());

  EXPECT_NE(table.find("known.example"), nullptr);
  EXPECT_EQ(table.unknown(), 3U);
  EXPECT_EQ(table.find("u6.example"), nullptr);
  EXPECT_NE(table.find("u7.example"), nullptr);
}

TEST(NameTable, AKnownNamePushesOutTheOneThatWasNotAskedForTheLongest) {
  NameTable table({.known = 2, .unknown = 1});
  table.put("a.example", known());
  table.put("b.example", known());
  table.find("a.example");
  table.put("c.example", known());

  EXPECT_NE(table.find("a.example"), nullptr);
  EXPECT_EQ(table.find("b.example"), nullptr);
  EXPECT_NE(table.find("c.example"), nullptr);
}

TEST(NameTable, AnUnknownNameThatIsFoundCountsAsKnown) {
  NameTable table({.known = 1, .unknown = 1});
  table.put("a.example", unknown());
  table.put("a.example", known());
  EXPECT_EQ(table.known(), 1U);
  EXPECT_EQ(table.unknown(), 0U);

  table.put("b.example", unknown());
  EXPECT_NE(table.find("a.example"), nullptr);
}

TEST(NameTable, ALimitOfOneKeepsTheLast) {
  NameTable table({.known = 1, .unknown = 1});
  table.put("a.example", known());
  table.put("b.example", known());
  EXPECT_EQ(table.find("a.example"), nullptr);
  EXPECT_TRUE(table.find("b.example")->is_known());
}

}  // namespace
}  // namespace larder::origin
