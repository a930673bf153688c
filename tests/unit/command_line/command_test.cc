#include "command_line/command.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::command_line {
namespace {

TEST(CommandLine, ARepeatableOptionTakesOneValueEachTime) {
  Words labels;
  std::string name;
  bool ran = false;
  CommandLine line("test");
  Command command = line.root().add("make", "makes");
  command.option("--label", labels, "K=V", "labels");
  command.argument("NAME", name, "name").required();
  command.runs([&]() -> Result<> {
    ran = true;
    return {};
  });
  const auto parsed = line.parse({"make", "--label", "a=b", "--label", "c=d", "x"});
  EXPECT_TRUE(parsed.action) << parsed.text;
  EXPECT_EQ(labels, (Words{"a=b", "c=d"}));
  EXPECT_EQ(name, "x");
  EXPECT_FALSE(ran);
}

TEST(CommandLine, VariablesAndExitCodesStandBelowTheHelp) {
  CommandLine line("test", {{{"LARDER_TOKEN", "the token"}}, {"done", "wrong"}});
  line.root().add("make", "makes").runs([]() -> Result<> { return {}; });
  EXPECT_NE(line.parse({"--help"}).text.find("Variables: LARDER_TOKEN.\nExit codes: 0 done; 1 wrong."),
            std::string::npos)
      << line.parse({"--help"}).text;
}

}  // namespace
}  // namespace larder::command_line
