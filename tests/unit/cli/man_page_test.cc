#include "cli_test.h"

namespace larder::cli {
namespace {

class ManPageTest : public CliTest {
 protected:
  std::string page(std::vector<std::string> command = {}) {
    command.insert(command.begin(), "man");
    const Run done = run(command);
    EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
    return done.out;
  }
  static bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
};

TEST_F(ManPageTest, ThePageOfTheProgramHasEveryCommandVariableAndExitCode) {
  const std::string text = page();
  EXPECT_TRUE(text.starts_with(".TH LARDER 1")) << text.substr(0, 80);
  for (const char* part : {".SS larder node create\n", ".SS larder ip\\-space review\n", "\\fBLARDER_TOKEN\\fR",
                           ".TP\n8\n", "\\fB\\-\\-json\\fR"}) {
    EXPECT_TRUE(holds(text, part)) << part;
  }
}

TEST_F(ManPageTest, ACommandHasAPageOfItsOwn) {
  const std::string text = page({"node", "create"});
  EXPECT_TRUE(text.starts_with(".TH LARDER-NODE-CREATE 1"));
  EXPECT_TRUE(holds(text, "\\fBlarder node create\\fR \\fINAME\\fR [\\fIOPTIONS\\fR]\n")) << text;
  EXPECT_TRUE(holds(text, "\\fB\\-\\-cidr\\fR \\fIPREFIX\\fR\n"));
  EXPECT_FALSE(holds(text, "ENVIRONMENT"));
  EXPECT_TRUE(holds(page({"node"}), ".SS larder node drain\n"));
}

TEST_F(ManPageTest, WhatIsNoCommandIsSaid) {
  EXPECT_EQ(run({"man", "nod"}).code, ExitCode::kUsage);
  EXPECT_EQ(run({"man", "node", "make"}).code, ExitCode::kUsage);
}

}  // namespace
}  // namespace larder::cli
