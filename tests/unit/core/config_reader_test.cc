#include "core/config_reader.h"

#include <gtest/gtest.h>

namespace larder {
namespace {

using std::chrono::milliseconds;

class ConfigTableTest : public testing::Test {
 protected:
  ConfigTable root(std::string_view text) {
    parsed = *parse_toml(text, "f");
    return {&parsed, "", &problems};
  }
  std::string said() { return to_string(problems, "f"); }

  toml::table parsed;
  std::vector<ConfigProblem> problems;
};

TEST_F(ConfigTableTest, ReadsEveryKindOfValue) {
  ConfigTable table =
      root("a = \"x\"\nb = true\nc = 5\nd = \"2GiB\"\ne = \"5m\"\nf = [\"1\", \"2\"]\ng = {k = \"v\"}\n");
  EXPECT_EQ(table.text("a"), "x");
  EXPECT_TRUE(table.flag("b", false));
  EXPECT_EQ(table.number("c", 0, 0, 9), 5);
  EXPECT_EQ(table.size("d"), std::uint64_t{2} << 30);
  EXPECT_EQ(table.duration("e"), milliseconds(300'000));
  EXPECT_EQ(table.texts("f"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(table.map("g").at(0).second, "v");
  table.refuse_unknown_keys();
  EXPECT_EQ(said(), "");
}

TEST_F(ConfigTableTest, AKeyMayBeAFlagOrTexts) {
  ConfigTable table = root("a = true\nb = [\"x\"]\nc = 5\n");
  EXPECT_TRUE(table.is_flag("a"));
  EXPECT_FALSE(table.is_flag("b"));
  EXPECT_FALSE(table.is_flag("c"));
  EXPECT_FALSE(table.is_flag("d"));
  EXPECT_FALSE(root("").is_flag("a"));
}

TEST_F(ConfigTableTest, ASaidTypeIsTheOneOfTheProblem) {
  ConfigTable table = root("a = 5\nb = [5]\n");
  EXPECT_TRUE(table.texts("a", {}, "true, or texts").empty());
  EXPECT_TRUE(table.texts("b").empty());
  EXPECT_EQ(said(),
            "f:1: a: is a integer; it should be true, or texts\n"
            "f:2: b: is a integer; it should be a list of texts, such as [\"a\", \"b\"]\n");
}

TEST_F(ConfigTableTest, MissingValuesAreTheFallback) {
  ConfigTable table = root("");
  EXPECT_EQ(table.text("a", "y"), "y");
  EXPECT_EQ(table.number("c", 7, 0, 9), 7);
  EXPECT_EQ(table.size("d"), std::nullopt);
  EXPECT_EQ(table.table("t").text("x", "z"), "z");
  EXPECT_TRUE(table.tables("ts").empty());
  EXPECT_EQ(said(), "");
}

TEST_F(ConfigTableTest, UnknownKeysAreNamedWithTheKnownOnes) {
  ConfigTable table = root("\nsise = \"1GiB\"\n");
  table.size("size");
  table.refuse_unknown_keys();
  EXPECT_EQ(said(), "f:2: sise: there is no such key here; the keys are: size\n");
}

TEST_F(ConfigTableTest, TablesInTablesHaveTheirPath) {
  ConfigTable table = root("[[drive]]\n[[drive]]\nsize = 3.5\n");
  for (ConfigTable& drive : table.tables("drive")) drive.size("size");
  EXPECT_EQ(said(), "f:3: drive[1].size: is a floating-point; it should be a size such as \"500GiB\"\n");
}

TEST(Duration, NeedsItsUnit) {
  EXPECT_EQ(*parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(*parse_duration("1.5 s"), milliseconds(1500));
  EXPECT_EQ(*parse_duration("30d"), std::chrono::hours(720));
  for (const std::string_view text : {"", "5", "s", "-1s", "5 weeks", "99999999999d"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace larder
