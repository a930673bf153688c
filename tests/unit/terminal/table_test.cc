#include "terminal/table.h"

#include <gtest/gtest.h>

namespace larder::terminal {
namespace {

TEST(Table, ColumnsAreAlignedByWhatIsSeen) {
  Table table(std::vector<Title>{{"NAME"}, {"CITY"}});
  table.add({"a", "東京"});
  table.add({"Zürich-1", "x"});
  EXPECT_EQ(table.to_string({}),
            "NAME      CITY\n"
            "a         東京\n"
            "Zürich-1  x\n");
}

TEST(Table, NoLineEndsInSpaces) {
  Table table(std::vector<Title>{{"A"}, {"B"}});
  table.add({"x", ""});
  EXPECT_EQ(table.to_string({}), "A  B\nx\n");
}

TEST(Table, CellsAreCutOnATerminalOnly) {
  Table table(std::vector{Fit::kWhole, Fit::kCut});
  table.add({"short", "a very long text that goes on"});
  EXPECT_EQ(table.to_string({}), "short  a very long text that goes on\n");
  EXPECT_EQ(table.to_string({.width = 20}), "short  a very long …\n");
}

TEST(Table, OnANarrowTerminalSpareColumnsAreLeftOutAndIdsStayWhole) {
  Table table({{"ID"}, {"NAME", Fit::kCut}, {"BY", Fit::kSpare}, {"SINCE", Fit::kSpare}});
  table.add({"01a1fd2a-54ea-791a", "hamburg-north-1", "ada@example.net", "2026-11-21"});
  EXPECT_EQ(table.to_string({.width = 52}),
            "ID                  NAME             BY\n"
            "01a1fd2a-54ea-791a  hamburg-north-1  ada@example.net\n");
  EXPECT_EQ(table.to_string({.width = 32}),
            "ID                  NAME\n"
            "01a1fd2a-54ea-791a  hamburg-nor…\n");
  EXPECT_EQ(table.to_string({.width = 1}), table.to_string({.width = 32})) << "it can be no narrower";
}

TEST(Table, TheLastColumnGoesOnBelowInstead) {
  Table table({{"BLOCK"}, {"WHY", Fit::kWrap}});
  table.add({"10.0.0.0/8", "no client is seen with it"});
  EXPECT_EQ(table.to_string({.width = 26}),
            "BLOCK       WHY\n"
            "10.0.0.0/8  no client is\n"
            "            seen with it\n");
}

TEST(Table, AKeyIsNeverBrokenHoweverNarrowTheTerminalIs) {
  const std::string key = "k7Qm2vXb9TzLr4WcYs8HdNf3JpGa6EuR";
  Table table(std::vector{Fit::kWhole, Fit::kWrap});
  table.add({"Customer key", key});
  for (std::size_t width = 1; width < 60; ++width) {
    EXPECT_EQ(table.to_string({.width = width}), "Customer key  " + key + "\n") << width;
  }
}

TEST(Table, ColoursOnlyWhereTheyAreWanted) {
  Table table(std::vector{Fit::kWhole, Fit::kWhole});
  table.add({state_cell("valid"), state_cell("rejected")});
  EXPECT_EQ(table.to_string({}), "valid  rejected\n");
  EXPECT_EQ(table.to_string({.colours = true}), "\x1b[32mvalid\x1b[0m  \x1b[31mrejected\x1b[0m\n");
}

TEST(Table, EscapeSequencesOfOthersAreNeverPrinted) {
  Table table(std::vector{Fit::kWhole});
  table.add({"\x1b]0;title\x07"});
  EXPECT_EQ(table.to_string({.colours = true}), "\\x1b]0;title\\x07\n");
}

}  // namespace
}  // namespace larder::terminal
