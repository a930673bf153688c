#include "core/json.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>

namespace larder {
namespace {

TEST(Json, IsReadWithItsNumbersAsTheyAre) {
  const auto value = parse_json(R"( {"a": [1, -9223372036854775808, 18446744073709551615, 1.5, "ü"]} )");
  ASSERT_TRUE(value) << value.error().text;
  EXPECT_EQ(boost::json::serialize(*value), R"({"a":[1,-9223372036854775808,18446744073709551615,1.5E0,"ü"]})");
}

TEST(Json, SaysWhereItWentWrong) {
  const auto value = parse_json(R"({"a": 1,, "b": 2})");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().text, "syntax error (after 8 bytes of 17)");
}

TEST(Json, RefusesWhatIsNoWholeDocument) {
  for (const std::string text : {"", "{", "[1] 2", "nul", "\"\xff\"", "[1,]", "NaN", "01"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, RefusesWhatIsNestedTooDeeply) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kJsonDepth)));
  EXPECT_FALSE(parse_json(nested(kJsonDepth + 1)));
  EXPECT_FALSE(parse_json(nested(5), 4));
}

TEST(Json, RefusesNumbersThatCannotBeWrittenAgain) {
  for (const std::string text : {"9e999", "-9e999", "[[1e400]]", R"({"a": {"b": [0, 1e309]}})"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().text, "a number is too large");
  }
  EXPECT_TRUE(parse_json("[1.7e308, 1e-999]"));
}

TEST(Json, ItsSizeIsKnownBeforeItIsParsed) {
  const JsonSize size = json_size(R"({"a": [1, "x,[{:\\", {"b": {}}], "\",": null})");
  EXPECT_EQ(size.members, 3U);
  EXPECT_GE(size.values, 7U);
  EXPECT_LE(size.values, 9U) << "what is in a text counts for nothing";
  EXPECT_EQ(json_size(R"("\)").members, 0U) << "whatever it is";
}

TEST(Json, ObjectsAreAskedForByName) {
  EXPECT_EQ(parse_json_object(R"({"a": 1})")->at("a"), 1);
  ASSERT_FALSE(parse_json_object("[]"));
  EXPECT_EQ(parse_json_object("[]").error().text, "it is no object");
}

TEST(Json, RefusesAnObjectWithTwoMembersOfOneName) {
  for (const char* twice : {R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"([{"b":{"a":1}},{"a":1,"x":[{}],"a" : 1}])",
                            R"({"a":{},"b":"\\\"","a":{}})"}) {
    const auto parsed = parse_json(twice);
    ASSERT_FALSE(parsed) << twice;
    EXPECT_EQ(parsed.error().text, "an object has the member \"a\" twice") << twice;
  }
  EXPECT_TRUE(parse_json(R"([{"a":1},{"a":{"a":":"}}])")) << "in objects of their own";
}

}  // namespace
}  // namespace larder
