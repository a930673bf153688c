#include "origin/origin_config.h"

#include <gtest/gtest.h>

namespace larder::origin {
namespace {

struct Read {
  OriginConfig config;
  std::string problems;
};

Read read(std::string_view text) {
  const auto toml = parse_toml(text, "larder.toml");
  EXPECT_TRUE(toml) << toml.error().text;
  std::vector<ConfigProblem> problems;
  ConfigTable root(&*toml, "", &problems);
  Read made;
  made.config = read_origin_config(root.table("origin"));
  made.problems = to_string(problems, "larder.toml");
  return made;
}

TEST(OriginConfig, DefaultsAreMicrosoftsRules) {
  const Read none = read("");

  EXPECT_EQ(none.problems, "");
  EXPECT_NE(none.config.rules->match("dl.delivery.mp.microsoft.com"), nullptr);
  EXPECT_EQ(none.config.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(none.config.pool_options(4).connections_per_origin, 32U);
  EXPECT_EQ(none.config.pool_options(1000).connections_per_origin, 1U);
}

TEST(OriginConfig, ReadsEveryKey) {
  const Read full = read(R"(
[origin]
rules = []
resolve = { "a.example" = "127.0.0.1:9000", "b.example:443" = "[::1]:9443" }
connect_timeout = "1s"
first_byte_timeout = "5s"
stall_timeout = "7s"
connections_per_origin = 10
ca_file = "/etc/ca.pem"

[[origin.rule]]
name = "games"
hosts = ["*.games.example", "cdn.example"]
shared_name = true
query_in_key = false
immutable = ["/files/*", "*.psf"]
changing = "*/index.json"
fresh = "12h"
honour_no_store = false

[[origin.rule]]
name = "mirror"
hosts = "mirror.lan"
scheme = "https"
port = 8443
allowed_networks = ["10.0.0.0/8", "fd00::/8"]
)");

  ASSERT_EQ(full.problems, "");
  EXPECT_EQ(full.config.rules->match("dl.delivery.mp.microsoft.com"), nullptr);
  const ContentRule* games = full.config.rules->match("x.games.example");
  ASSERT_NE(games, nullptr);
  EXPECT_EQ(games->name, "games");
  EXPECT_TRUE(games->shared_name);
  EXPECT_FALSE(games->query_in_key);
  EXPECT_FALSE(games->honour_no_store);
  EXPECT_EQ(games->fresh, std::chrono::hours(12));
  EXPECT_TRUE(games->never_changes("/files/a"));
  EXPECT_TRUE(games->never_changes("/x.psf"));
  EXPECT_FALSE(games->never_changes("/x"));
  EXPECT_FALSE(games->never_changes("/files/index.json"));
  EXPECT_EQ(games->fresh_for("/files/a"), std::chrono::hours(12));
  EXPECT_EQ(games->fresh_for("/files/index.json"), std::nullopt);
  const ContentRule* mirror = full.config.rules->match("10.1.2.3");
  ASSERT_NE(mirror, nullptr);
  EXPECT_EQ(mirror->scheme, UpstreamScheme::kHttps);
  EXPECT_EQ(mirror->port, 8443);
  EXPECT_TRUE(mirror->honour_no_store);
  EXPECT_FALSE(mirror->never_changes("/files/a"));
  EXPECT_EQ(full.config.resolve.size(), 2U);
  EXPECT_EQ(full.config.ca_file, "/etc/ca.pem");
  EXPECT_EQ(full.config.client_options("n", "1").patience.stall, std::chrono::seconds(7));
  EXPECT_EQ(full.config.client_options("n", "1").patience.first_byte, std::chrono::seconds(5));
  EXPECT_EQ(full.config.connect_timeout, std::chrono::seconds(1));
}

TEST(OriginConfig, ImmutableIsEveryPathNoneOrAList) {
  const auto never_changes = [](std::string_view immutable, std::string_view path) {
    const Read made = read("[[origin.rule]]\nname = \"a\"\nhosts = [\"a.example\"]\nchanging = [\"/c\"]\nimmutable = " +
                           std::string(immutable));
    EXPECT_EQ(made.problems, "");
    return made.config.rules->match("a.example")->never_changes(path);
  };

  EXPECT_TRUE(never_changes("true", "/a"));
  EXPECT_FALSE(never_changes("true", "/c"));
  EXPECT_FALSE(never_changes("false", "/a"));
  EXPECT_FALSE(never_changes("[]", "/a"));
  EXPECT_TRUE(never_changes("\"/a\"", "/a"));
  EXPECT_TRUE(never_changes("[\"/a\", \"/b\"]", "/b"));
  EXPECT_FALSE(never_changes("[\"/a\", \"/b\"]", "/d"));
}

/// `count` patterns, each of `length` characters, as TOML.
std::string pattern_list(std::size_t count, std::size_t length) {
  std::string list = "[";
  for (std::size_t i = 0; i < count; ++i) list += "\"/" + std::string(length - 1, 'x') + "\",";
  return list + "]";
}

TEST(OriginConfig, NamesWhatIsWrongWithPathPatterns) {
  struct Case {
    std::string line;
    std::string_view problem;  // a part of it
  };
  const Case cases[] = {
      {"immutable = 1",
       "larder.toml:4: origin.rule[0].immutable: is a integer; it should be true, or path patterns, "
       "such as [\"/files/*\"]"},
      {"immutable = [true]", "larder.toml:4: origin.rule[0].immutable: is a boolean; it should be true, or path"},
      {"immutable = [\"\"]", "larder.toml:4: origin.rule[0].immutable: a path pattern is empty; it should be such as"},
      {"immutable = [\"/a\",\n\"files/*\"]",
       "larder.toml:4: origin.rule[0].immutable: \"files/*\" should begin with \"/\""},
      {"immutable = " + pattern_list(1, 257),
       "larder.toml:4: origin.rule[0].immutable: a path pattern has 257 characters; it may have 256"},
      {"immutable = " + pattern_list(65, 2),
       "larder.toml:4: origin.rule[0].immutable: 65 path patterns are too many; it may list 64"},
      {"changing = true", "larder.toml:4: origin.rule[0].changing: is a boolean; it should be path patterns, such as"},
      {"changing = [\"/a?b\"]", "larder.toml:4: origin.rule[0].changing: \"/a?b\" has a \"?\"; only the path"},
      {"changing = " + pattern_list(65, 2), "larder.toml:4: origin.rule[0].changing: 65 path patterns are too many"},
      {"changes = [\"/a\"]", "larder.toml:4: origin.rule[0].changes: there is no such key here; the keys are: "},
  };
  for (const Case& c : cases) {
    const Read made = read("[[origin.rule]]\nname = \"a\"\nhosts = [\"a.example\"]\n" + c.line);
    EXPECT_NE(made.problems.find(c.problem), std::string::npos) << c.line << "\n--> " << made.problems;
  }
  EXPECT_EQ(read("[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\nimmutable = " + pattern_list(64, 256)).problems, "");
}

TEST(OriginConfig, NamesWhatIsWrongAndWhere) {
  struct Case {
    std::string_view text;
    std::string_view problem;  // a part of it
  };
  const Case cases[] = {
      {"[origin]\nrules = [\"macrosoft\"]",
       "larder.toml:2: origin.rules: there is no set of rules called \"macrosoft\"; there is: microsoft"},
      {"[origin]\nrule = 1", "larder.toml:2: origin.rule: is a integer"},
      {"[origin]\nresolve = { \"a\" = \"b\" }", "larder.toml:2: origin.resolve: \"b\" is not an address with a port"},
      {"[origin]\nstall_timeout = \"1ms\"", "larder.toml:2: origin.stall_timeout: should be from"},
      {"[origin]\nconnections_per_origin = 0", "larder.toml:2: origin.connections_per_origin: 0 is out of range"},
      {"[origin]\nretries = 3", "larder.toml:2: origin.retries: there is no such key"},
      {"[[origin.rule]]\nhosts = [\"a.example\"]", "origin.rule[0].name: is missing"},
      {"[[origin.rule]]\nname = \"a\"", "origin.rule[0].hosts: is missing"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"*\"]",
       "larder.toml:3: origin.rule[0].hosts: \"*\" would allow every host"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"10.0.0.1\"]", "origins named by address go into allowed_networks"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"http://a/\"]", "no scheme, port or path"},
      {"[[origin.rule]]\nname = \"a\"\nallowed_networks = [\"10.0.0.1/8\"]",
       "larder.toml:3: origin.rule[0].allowed_networks: "},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\nscheme = \"ftp\"",
       "larder.toml:4: origin.rule[0].scheme: \"ftp\" should be"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\nport = 65536",
       "larder.toml:4: origin.rule[0].port: 65536 is out of range"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\nfresh = 5", "larder.toml:4: origin.rule[0].fresh: "},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\n[[origin.rule]]\nname = \"a\"\nhosts = [\"b\"]",
       "larder.toml:5: origin.rule[1].name: another rule has the name \"a\" too"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"x\"]\n[[origin.rule]]\nname = \"b\"\nhosts = [\"X\"]",
       "larder.toml:6: origin.rule[1].hosts: the rule \"a\" names \"X\" already"},
      {"[[origin.rule]]\nname = \"a\"\nhosts = [\"a\"]\nhost = \"b\"",
       "larder.toml:4: origin.rule[0].host: there is no such key"},
  };
  for (const Case& c : cases) {
    const Read made = read(c.text);
    EXPECT_NE(made.problems.find(c.problem), std::string::npos) << c.text << "\n--> " << made.problems;
    EXPECT_NE(made.config.rules, nullptr);
  }
}

TEST(OriginConfig, AnOwnRuleMayReplaceAShippedOne) {
  const Read made = read("[[origin.rule]]\nname = \"xbox\"\nhosts = [\"assets1.xboxlive.com\"]\nfresh = \"1h\"");

  EXPECT_EQ(made.problems, "");
  EXPECT_EQ(made.config.rules->match("assets1.xboxlive.com")->fresh, std::chrono::hours(1));
  EXPECT_EQ(made.config.rules->match("assets2.xboxlive.com"), nullptr);
}

}  // namespace
}  // namespace larder::origin
