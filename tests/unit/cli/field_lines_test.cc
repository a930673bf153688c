#include "cli/field_lines.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <string>
#include <vector>

namespace larder::cli {
namespace {

using client::FieldError;
using Lines = std::vector<std::string>;

// `count` blocks from 5.5.0.0/24 on.
RequestBody body_with_list(int count) {
  RequestBody body;
  boost::json::array blocks;
  for (int i = 0; i < count; ++i) blocks.emplace_back(fmt::format("5.5.{}.0/24", i));
  body.set("cidr_blocks", std::move(blocks), "--cidr");
  body.set("ipv4_address", "10.0.0.300", "--ipv4");
  return body;
}

FieldError about(int block, const std::string& said, const std::string& suggestion = "") {
  return {fmt::format("/cidr_blocks/{}", block), fmt::format("5.5.{}.0/24{}", block, said), suggestion};
}

TEST(FieldLine, TheValueIsNotSaidTwice) {
  EXPECT_EQ(field_line(body_with_list(1), about(0, ": it is wrong")), "--cidr 5.5.0.0/24: it is wrong");
  EXPECT_EQ(field_line(body_with_list(1), {"/ipv4_address", "it is no address", "10.0.0.30"}),
            "--ipv4 10.0.0.300: it is no address (try 10.0.0.30)");
}

TEST(FieldLine, WhatIsAnOptionIsCalledByItsName) {
  EXPECT_EQ(field_line({}, {"", "set share_blocks if both are to serve these clients", ""}),
            "give --share-blocks if both are to serve these clients");
  RequestBody of_file;
  of_file.of_file();
  EXPECT_EQ(field_line(of_file, {"", "set share_blocks if both are to serve these clients", ""}),
            "set share_blocks if both are to serve these clients");
}

TEST(FieldLines, ManyBlocksThatAreWrongInTheSameWayAreOneLine) {
  std::vector<FieldError> errors = {{"/ipv4_address", "it is no address", ""}};
  for (int i = 0; i < 48; ++i) errors.push_back(about(i, " lies within 5.5.0.0/16, which is listed too"));
  for (int i = 48; i < 52; ++i) errors.push_back(about(i, ": it is an IPv4 block, written as IPv6"));
  EXPECT_EQ(field_lines(body_with_list(52), errors),
            (Lines{"--ipv4 10.0.0.300: it is no address",
                   "48 blocks lie within 5.5.0.0/16, which is listed too: --cidr 5.5.0.0/24 and 47 more",
                   "4 blocks: it is an IPv4 block, written as IPv6: --cidr 5.5.48.0/24 and 3 more"}));
}

TEST(FieldLines, AFewAndThoseWithSuggestionsOfTheirOwnStayApart) {
  std::vector<FieldError> errors;
  for (int i = 0; i < 3; ++i) errors.push_back(about(i, " is listed twice"));
  for (int i = 3; i < 9; ++i) errors.push_back(about(i, ": bits are set", fmt::format("5.5.{}.0/25", i)));
  const Lines lines = field_lines(body_with_list(9), errors);
  ASSERT_EQ(lines.size(), errors.size());
  EXPECT_EQ(lines.front(), "--cidr 5.5.0.0/24: 5.5.0.0/24 is listed twice");
  EXPECT_EQ(lines.back(), "--cidr 5.5.8.0/24: bits are set (try 5.5.8.0/25)");
}

}  // namespace
}  // namespace larder::cli
