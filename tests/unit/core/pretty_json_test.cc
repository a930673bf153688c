#include "core/pretty_json.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/json.h"

namespace larder {
namespace {

TEST(PrettyJson, IsReadBackAsItWas) {
  const boost::json::value value = {{"text", "a\"\\\n\t\x1b\u202e\u200b\U000e0041\U0010ffff ü 🚀"},
                                    {"list", {1, true, nullptr, 1.5}},
                                    {"empty", boost::json::array()},
                                    {"none", boost::json::object()}};
  const std::string text = pretty_json(value);
  const auto read = parse_json(text);
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(*read, value);
}

TEST(PrettyJson, HoldsNoRawControls) {
  const std::string text = pretty_json("\x1b[2J\x7f\xc2\x9b\u202e");
  EXPECT_EQ(text, "\"\\u001b[2J\\u007f\\u009b\\u202e\"\n");
}

TEST(PrettyJson, IsIndentedOrOnOneLine) {
  const boost::json::value value = {{"a", {1, 2}}, {"b", boost::json::object()}};
  EXPECT_EQ(pretty_json(value), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}\n");
  EXPECT_EQ(json_on_one_line(value), "{\"a\": [1, 2], \"b\": {}}\n");
  EXPECT_EQ(json_on_one_line("\x1b\n"), "\"\\u001b\\n\"\n");
}

}  // namespace
}  // namespace larder
