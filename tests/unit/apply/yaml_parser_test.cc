#include "apply/yaml_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::apply {
namespace {

using Kind = YamlValue::Kind;

std::string refusal(const std::string& text) {
  const auto value = parse_yaml(text);
  return value ? "" : "line " + std::to_string(value.error().line) + ": " + value.error().text;
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(YamlParser, ValuesHaveTheirKindsAndLines) {
  const auto value = parse_yaml("name: north\ncount: -12\nflag: true\nnothing:\nlist:\n  - \"1\"\n  - [a, b]\n");
  ASSERT_TRUE(value);
  const auto& members = (*value)->members;
  ASSERT_EQ(members.size(), 5U);
  EXPECT_EQ(members[0].value->kind, Kind::kText);
  EXPECT_EQ(members[1].value->number, -12);
  EXPECT_EQ(members[2].value->kind, Kind::kFlag);
  EXPECT_EQ(members[3].value->kind, Kind::kNull);
  const auto& items = members[4].value->items;
  EXPECT_EQ(items[0]->kind, Kind::kText);  // it is in quotes
  EXPECT_EQ(items[0]->line, 6U);
  EXPECT_EQ(items[1]->items.size(), 2U);
  EXPECT_EQ(members[4].line, 5U);
}

TEST(YamlParser, PlainTextsAreWhatYaml12SaysAndDoubtfulNumbersAreNotWhole) {
  for (const char* text : {"yes", "no", "on", "03:00", "2.21.234.0/24", "1.2.3.4", "0xZ", "-", "0x"}) {
    EXPECT_EQ(kind_of_plain(text), Kind::kText) << text;
  }
  for (const char* text : {"1.5", "1e3", "007", "+5", "0x1F", ".5", "-.inf", "99999999999999999999"}) {
    EXPECT_EQ(kind_of_plain(text), Kind::kOtherNumber) << text;
  }
  for (const char* text : {"0", "5", "-5", "9223372036854775807"})
    EXPECT_EQ(kind_of_plain(text), Kind::kNumber) << text;
}

TEST(YamlParser, JsonIsYaml) {
  const auto value = parse_yaml("{\"a\": [1, null, false], \"b\": \"x\"}");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)->members[0].value->items[2]->kind, Kind::kFlag);
}

TEST(YamlParser, AnAliasStandsForItsAnchor) {
  const auto value = parse_yaml("a: &usual [1, 2]\nb: *usual\n");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)->members[0].value, (*value)->members[1].value);
}

TEST(YamlParser, WhatItDoesNotTakeIsRefusedWithItsLine) {
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "line 3: the key a is given twice: line 1 has it too");
  EXPECT_EQ(refusal("a: 1\nb: *none\n"), "line 2: *none stands for nothing: there is no &none before it");
  EXPECT_EQ(refusal("a: &loop\n  b: *loop\n"), "line 2: *loop lies within itself");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "line 2: a second document begins: write one only");
  EXPECT_NE(refusal("a: !!binary xyz\n").find("the tag tag:yaml.org,2002:binary is not supported"), std::string::npos);
  EXPECT_NE(refusal("a: &x {b: 1}\nc:\n  <<: *x\n").find("line 3: << is not supported"), std::string::npos);
  EXPECT_NE(refusal("[a]: 1\n").find("a key must be a text"), std::string::npos);
  EXPECT_NE(refusal("a: [1, 2\nb: 3\n").find("line 2: not YAML: "), std::string::npos) << refusal("a: [1, 2\nb: 3\n");
  EXPECT_NE(refusal("a:\n\t- 1\n").find("line 2: not YAML: "), std::string::npos);
  EXPECT_NE(refusal("a: \xff\n").find("not YAML: "), std::string::npos);
}

TEST(YamlParser, DepthIsBounded) {
  EXPECT_EQ(refusal(repeated("[", kMostDepth) + repeated("]", kMostDepth)), "");
  EXPECT_EQ(refusal(repeated("[", kMostDepth + 1) + repeated("]", kMostDepth + 1)),
            "line 1: it is nested deeper than 16 levels");
  EXPECT_NE(refusal(repeated("[", 1'000'000)), "");
}

TEST(YamlParser, SizeIsBounded) {
  EXPECT_EQ(refusal("# " + std::string(kMostBytes - 2, 'x')), "");
  EXPECT_EQ(refusal("# " + std::string(kMostBytes - 1, 'x')), "line 1: it is over 8 MiB");
}

TEST(YamlParser, AliasesAreBounded) {
  EXPECT_EQ(refusal("- &a 1\n" + repeated("- *a\n", kMostAliases)), "");
  EXPECT_EQ(refusal("- &a 1\n" + repeated("- *a\n", kMostAliases + 1)), "line 1002: 1000 aliases at most");
}

TEST(YamlParser, WhatAliasesStandForIsCounted) {
  std::string text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += "- &a" + std::to_string(i) + " [" + repeated("*a" + std::to_string(i - 1) + " , ", 10) + "]\n";
  }
  EXPECT_EQ(refusal(text), "line 6: 500000 values at most, with all that aliases stand for");
}

TEST(YamlParser, AByteOrderMarkIsPassedOverAndNothingIsNull) {
  EXPECT_EQ((*parse_yaml("\xEF\xBB\xBF"
                         "a: 1\n"))
                ->members[0]
                .name,
            "a");
  for (const char* text : {"", "# nothing\n", "---\n", "\n\n"}) {
    const auto value = parse_yaml(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ((*value)->kind, Kind::kNull) << text;
  }
}

}  // namespace
}  // namespace larder::apply
