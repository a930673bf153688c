// Parsing, help and usage errors.
#include "cli/command.h"

#include "cli_test.h"

namespace larder::cli {
namespace {

using CommandTest = CliTest;

TEST_F(CommandTest, HelpIsAnAnswerAndAMistakeIsNot) {
  const Run help = run({"node", "create", "--help"});
  EXPECT_EQ(help.code, ExitCode::kDone);
  EXPECT_NE(help.out.find("Usage: larder node create"), std::string::npos) << help.out;
  EXPECT_EQ(help.error, "");

  const Run mistake = run({"node", "create"});
  EXPECT_EQ(mistake.code, ExitCode::kUsage);
  EXPECT_EQ(mistake.out, "");
  EXPECT_EQ(mistake.error, "larder: NAME is required. See: larder node create --help\n");
}

TEST_F(CommandTest, AMistakeIsJsonForPrograms) {
  for (const Words& words : {Words{"--json", "node", "create"}, Words{"node", "create", "--json"}}) {
    const Run mistake = run(words);
    EXPECT_EQ(mistake.code, ExitCode::kUsage);
    EXPECT_EQ(mistake.out, "");
    EXPECT_EQ(mistake.error,
              R"({"error": {"exit_code": 1, "text": "NAME is required. See: larder node create --help", )"
              R"("lines": [], "problem": null}})"
              "\n");
  }
}

TEST_F(CommandTest, HelpFitsOnEightyColumns) {
  for (const Words& words : {Words{}, Words{"node", "create"}, Words{"node", "wait"}, Words{"ip-space", "check"}}) {
    Words asked = words;
    asked.emplace_back("--help");
    std::istringstream lines(run(asked).out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  }
  EXPECT_NE(run({"node", "list", "--help"}).out.find("--json"), std::string::npos);
}

TEST_F(CommandTest, HelpThatCannotBeWrittenIsAFailure) {
  out_is_full = true;
  EXPECT_EQ(run({"--help"}).code, ExitCode::kUsage);
}

TEST_F(CommandTest, ALimitIsANumberFromOne) {
  for (const char* limit : {"0", "-5", "many", "99999999999999999999"}) {
    EXPECT_NE(run({"node", "list", "--limit", limit}).error.find("--limit: \"" + std::string(limit)),
              std::string::npos);
    EXPECT_EQ(run({"audit", "list", "--limit", limit}).code, ExitCode::kUsage);
  }
}

TEST_F(CommandTest, ANounAloneShowsItsCommands) {
  const Run done = run({"node"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("drain"), std::string::npos);
  EXPECT_EQ(run({}).code, ExitCode::kUsage);
}

TEST_F(CommandTest, WhatNobodyKnowsIsNamed) {
  EXPECT_NE(run({"nodes", "list"}).error.find("\"nodes\" is no command of larder"), std::string::npos);
  EXPECT_NE(run({"node", "list", "--colour"}).error.find("\"--colour\" is not expected"), std::string::npos);
  EXPECT_NE(run({"node", "list", "--intent", "on"}).error.find("\"on\" is none of enabled, disabled, draining"),
            std::string::npos);
}

TEST_F(CommandTest, NotBeingSignedInIsSaidBeforeAnythingIsAsked) {
  const Run done = run({"node", "list"});
  EXPECT_EQ(done.code, ExitCode::kNotSignedIn);
  EXPECT_NE(done.error.find("larder login"), std::string::npos);
}

}  // namespace
}  // namespace larder::cli
