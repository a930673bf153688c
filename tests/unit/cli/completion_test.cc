// The completion scripts, run by the shell that they are for.
#include "command_line/completion.h"

#include <unistd.h>

#include "cli_test.h"
#include "support/program.h"

namespace larder::cli {
namespace {

class CompletionTest : public CliTest {
 protected:
  // `larder names` as the scripts call it.
  static constexpr const char* kNames =
      "larder() { [[ \"$1 $2\" == 'names nodes' ]] && printf '%s\\n' seattle-1 'seattle two' other; }\n";

  // What bash offers for the last of `words`, one a line.
  std::string offers(const std::vector<std::string>& words) {
    support::write_file(folder / "larder.bash", run({"completion", "bash"}).out);
    std::string script = "source " + folder.path() + "/larder.bash\n" + kNames + "COMP_WORDS=(larder";
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

TEST_F(CompletionTest, NamesAreOfferedWhereSomethingIsNamed) {
  EXPECT_EQ(offers({"node", "show", "sea"}), "seattle-1\nseattle\\ two\n");
  EXPECT_EQ(offers({"node", "show", "seattle\\ t"}), "seattle\\ two\n");
  EXPECT_EQ(offers({"ip-space", "check", "--node", "o"}), "other\n");
  EXPECT_EQ(offers({"node", "create", ""}), "\n") << "a new name";
}

TEST_F(CompletionTest, NamesAreThoseOfThePortal) {
  const FakePortal portal(
      [](const Asked&) { return items(node_json("b") + "," + node_json("a") + "," + node_json("a")); });
  EXPECT_EQ(run(portal, {"names", "nodes", "--query", "x"}).out, "a\nb\n");
  EXPECT_NE(portal.asked().at(0).target.find("q=x"), std::string::npos);
  EXPECT_EQ(run(portal, {"--json", "names", "nodes"}).out, "[\n  \"a\",\n  \"b\"\n]\n");
}

TEST_F(CompletionTest, NobodyWaitsForAPortalThatIsBusy) {
  const FakePortal portal([](const Asked&) { return problem(503, "unavailable", "busy"); });
  EXPECT_EQ(run(portal, {"names", "nodes"}).code, ExitCode::kUnreachable);
  EXPECT_EQ(portal.asked().size(), 1u);
  EXPECT_TRUE(pauses.empty());
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

// What zsh offers for the last word; its completion system is played by three functions. `load` brings the script in.
std::string zsh_offers(const std::string& folder, const std::string& load, const std::string& words, int current) {
  support::write_file(folder + "/ask.zsh",
                      "larder() { print -l seattle-1 'seattle two' }\ncompadd() { print -l -- ${(P)2} }\n"
                      "compdef() { : }\n_files() { print files }\n_describe() { print -l -- ${(P)2} }\n" +
                          load + "\nwords=(larder " + words + ")\nCURRENT=" + std::to_string(current) + "\n_larder\n");
  return support::run_program({"/bin/zsh", "-f", folder + "/ask.zsh"}).output;
}

TEST_F(CompletionTest, ZshOffersTheSameFromTheFirstTimeOn) {
  ASSERT_EQ(::access("/bin/zsh", X_OK), 0) << "zsh is missing; scripts/test installs it";
  support::write_file(folder / "_larder", run({"completion", "zsh"}).out);
  const std::string source = "source " + folder / "_larder";
  const std::string autoload = "fpath=(" + folder.path() + ")\nautoload -U _larder";
  for (const std::string& load : {source, autoload}) {
    const std::string commands = zsh_offers(folder.path(), load, "node ''", 3);
    EXPECT_NE(commands.find("drain:Sends a cache node"), std::string::npos) << load << commands;
    EXPECT_NE(zsh_offers(folder.path(), load, "node create a --update-ring ''", 6).find("fast\nslow"),
              std::string::npos);
    EXPECT_NE(zsh_offers(folder.path(), load, "node create --js", 4).find("--json:"), std::string::npos);
    EXPECT_EQ(zsh_offers(folder.path(), load, "node create --cidr-file ''", 5), "files\n");
    EXPECT_EQ(zsh_offers(folder.path(), load, "node show ''", 4), "seattle-1\nseattle two\n");
  }
}

TEST_F(CompletionTest, FishOffersTheSame) {
  ASSERT_EQ(::access("/usr/bin/fish", X_OK), 0) << "fish is missing; scripts/test installs it";
  support::write_file(folder / "larder.fish", run({"completion", "fish"}).out);
  const auto fish_offers = [&](const std::string& line) {
    return support::run_program({"/usr/bin/env", "HOME=" + folder.path(), "/usr/bin/fish", "--no-config", "-c",
                                 "source " + folder / "larder.fish" +
                                     "; function larder; printf '%s\\n' seattle-1 \"seattle two\"; end; complete -C '" +
                                     line + "'"})
        .output;
  };
  EXPECT_EQ(fish_offers("larder node dr"), "drain\tSends a cache node no new clients, for a time (operators)\n");
  EXPECT_NE(fish_offers("larder --json node ").find("create\t"), std::string::npos);
  EXPECT_EQ(fish_offers("larder completion b"), "bash\n");
  EXPECT_NE(fish_offers("larder node list --intent dr").find("draining"), std::string::npos);
  const std::string nodes = fish_offers("larder node show sea");
  EXPECT_NE(nodes.find("seattle-1\n"), std::string::npos) << nodes;
  EXPECT_NE(nodes.find("seattle two\n"), std::string::npos) << nodes;
  EXPECT_NE(fish_offers("larder node create a --cidr-f").find("--cidr-file"), std::string::npos);
}

TEST_F(CompletionTest, QuotesInDescriptionsDoNotEndThem) {
  command_line::CommandTree tree{"larder", "", {}, {}, {{"it's", "what's \\ that", {}, {}, {}, {}}}, {}};
  support::write_file(folder / "q.bash", command_line::bash_completion(tree));
  EXPECT_EQ(support::run_program({"/bin/bash", "-n", folder / "q.bash"}).output, "");
  EXPECT_NE(command_line::fish_completion(tree).find(R"('what\'s \\ that')"), std::string::npos);
}

}  // namespace
}  // namespace larder::cli
