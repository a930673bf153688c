// The completion scripts, run by the shell that they are for.
#include "cli/completion.h"

#include "cli_test.h"
#include "support/program.h"

namespace larder::cli {
namespace {

class CompletionTest : public CliTest {
 protected:
  // What bash offers for the last of `words`, one a line.
  std::string offers(const std::vector<std::string>& words) {
    support::write_file(folder / "larder.bash", run({"completion", "bash"}).out);
    std::string script = "source " + folder.path() + "/larder.bash\nCOMP_WORDS=(larder";
    for (const std::string& word : words) script += " '" + word + "'";
    script += ")\nCOMP_CWORD=" + std::to_string(words.size()) + "\n_larder\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    support::write_file(folder / "ask.bash", script);
    return support::run_program({"/bin/bash", "--norc", folder / "ask.bash"}).output;
  }
};

TEST_F(CompletionTest, CommandsAreOffered) {
  EXPECT_EQ(offers({"no"}), "node\n");
  EXPECT_EQ(offers({"node", "d"}), "disable\ndrain\ndelete\n");
  EXPECT_EQ(offers({"--json", "node", "sh"}), "show\n");
}

TEST_F(CompletionTest, OptionsOfTheCommandAndOfTheProgramAreOffered) {
  EXPECT_EQ(offers({"node", "create", "a", "--cid"}), "--cidr\n--cidr-file\n");
  EXPECT_EQ(offers({"node", "create", "--js"}), "--json\n");
}

TEST_F(CompletionTest, ValuesOfAnOptionAreOffered) {
  EXPECT_EQ(offers({"node", "list", "--intent", ""}), "enabled\ndisabled\ndraining\n");
  EXPECT_EQ(offers({"node", "list", "--intent", "=", "en"}), "enabled\n");
  EXPECT_EQ(offers({"node", "list", "--query", ""}), "\n");
}

TEST_F(CompletionTest, AValueIsNotTakenForACommand) { EXPECT_EQ(offers({"--portal", "node", "re"}), "resource\n"); }

TEST_F(CompletionTest, ArgumentsWithKnownWordsAreOffered) {
  EXPECT_EQ(offers({"completion", ""}), "bash\nzsh\nfish\n");
  EXPECT_EQ(offers({"org", "rotate-key", "p"}), "primary\n");
}

TEST_F(CompletionTest, FilesAreOfferedWhereAFileIsWanted) {
  support::write_file(folder / "blocks.txt", "");
  EXPECT_EQ(offers({"node", "create", "a", "--cidr-file", folder / "blo"}), folder / "blocks.txt\n");
}

TEST_F(CompletionTest, EveryShellKnowsEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = run({"completion", shell}).out;
    for (const char* command : {"node create", "ip-space review", "org rotate-key", "audit export"}) {
      EXPECT_NE(script.find(std::string("larder ") + command), std::string::npos) << shell << ": " << command;
    }
  }
}

TEST_F(CompletionTest, QuotesInDescriptionsDoNotEndThem) {
  CommandTree tree{"larder", "", {}, {}, {{"it's", "what's \\ that", {}, {}, {}}}};
  support::write_file(folder / "q.bash", bash_completion(tree));
  EXPECT_EQ(support::run_program({"/bin/bash", "-n", folder / "q.bash"}).output, "");
  EXPECT_NE(fish_completion(tree).find(R"('what\'s \\ that')"), std::string::npos);
}

}  // namespace
}  // namespace larder::cli
