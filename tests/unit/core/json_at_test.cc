#include "core/json_at.h"

#include <gtest/gtest.h>

namespace larder {
namespace {

TEST(JsonAt, WhatIsNotThereReadsAsEmpty) {
  const boost::json::value value = {{"a", {{"b", nullptr}}}, {"n", 7}, {"list", {"x", "y"}}};
  EXPECT_EQ(text_at(value, "/a/b"), "");
  EXPECT_EQ(text_at(value, "/a/c/d"), "");
  EXPECT_EQ(text_at(value, "/n"), "7");
  EXPECT_EQ(text_at(value, "/list"), "x, y");
  EXPECT_EQ(number_at(value, "/a"), 0);
  EXPECT_FALSE(flag_at(value, "/n"));
  EXPECT_TRUE(list_at(value, "/n").empty());
  EXPECT_TRUE(list_at("text", "/items").empty());
}

}  // namespace
}  // namespace larder
