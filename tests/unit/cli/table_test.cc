#include "cli/table.h"

#include <gtest/gtest.h>

namespace larder::cli {
namespace {

TEST(Table, ColumnsAreAlignedByWhatIsSeen) {
  Table table({"NAME", "CITY"});
  table.add({"a", "東京"});
  table.add({"Zürich-1", "x"});
  EXPECT_EQ(table.to_string({}),
            "NAME      CITY\n"
            "a         東京\n"
            "Zürich-1  x\n");
}

TEST(Table, NoLineEndsInSpaces) {
  Table table({"A", "B"});
  table.add({"x", ""});
  EXPECT_EQ(table.to_string({}), "A  B\nx\n");
}

TEST(Table, CellsAreCutOnATerminalOnly) {
  Table table;
  table.add({"short", "a very long text that goes on"});
  EXPECT_EQ(table.to_string({}), "short  a very long text that goes on\n");
  EXPECT_EQ(table.to_string({.width = 20}), "short  a very long …\n");
}

TEST(Table, ColoursOnlyWhereTheyAreWanted) {
  Table table;
  table.add({state_cell("valid"), state_cell("rejected")});
  EXPECT_EQ(table.to_string({}), "valid  rejected\n");
  EXPECT_EQ(table.to_string({.colours = true}), "\x1b[32mvalid\x1b[0m  \x1b[31mrejected\x1b[0m\n");
}

TEST(Table, EscapeSequencesOfOthersAreNeverPrinted) {
  Table table;
  table.add({"\x1b]0;title\x07"});
  EXPECT_EQ(table.to_string({.colours = true}), "\\x1b]0;title\\x07\n");
}

}  // namespace
}  // namespace larder::cli
