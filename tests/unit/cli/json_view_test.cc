#include "cli/json_view.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace larder::cli {
namespace {

TEST(JsonView, WhatIsNotThereReadsAsEmpty) {
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

TEST(JsonView, PrettyJsonIsReadBackAsItWas) {
  const boost::json::value value = {{"text", "a\"\\\n\t\x1b\u202e\u200b\U000e0041\U0010ffff ü 🚀"},
                                    {"list", {1, true, nullptr, 1.5}},
                                    {"empty", boost::json::array()},
                                    {"none", boost::json::object()}};
  const std::string text = pretty_json(value);
  const auto read = parse_json(text);
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(*read, value);
}

TEST(JsonView, PrettyJsonHoldsNoRawControls) {
  const std::string text = pretty_json("\x1b[2J\x7f\xc2\x9b\u202e");
  EXPECT_EQ(text, "\"\\u001b[2J\\u007f\\u009b\\u202e\"\n");
}

}  // namespace
}  // namespace larder::cli
