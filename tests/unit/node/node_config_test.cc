#include "node/node_config.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::node {
namespace {

std::string problems(std::string_view text) {
  const auto config = parse_node_config(text, "node.toml");
  return config ? "" : config.error().text;
}

TEST(NodeConfig, TheExampleOfTheDesignIsValid) {
  const auto config = parse_node_config(R"(
[listen]
http   = ["0.0.0.0:80", "[::]:80"]
https  = []
status = "127.0.0.1:5000"
[[drive]]
path = "/srv/larder/1"
size = "500GiB"
[limits]
egress = "10Gbps"
[origin]
resolve = { "au.download.windowsupdate.com" = "127.0.0.1:9000" }
rules   = ["microsoft"]
)",
                                        "node.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->listen.http.size(), 2u);
  EXPECT_EQ(config->drives.at(0).size, 500 * kGiB);
  EXPECT_EQ(config->limits.egress, 1'250'000'000u);
  EXPECT_FALSE(config->node_id.empty());
}

TEST(NodeConfig, AnEmptyFileMeansThePackagedDefaults) {
  const auto config = parse_node_config("", "node.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(net::to_string(config->listen.http.at(0)), "0.0.0.0:80");
  EXPECT_EQ(net::to_string(*config->listen.status), "127.0.0.1:5000");
  EXPECT_NE(config->origin.rules->match("au.download.windowsupdate.com"), nullptr);
}

TEST(NodeConfig, NamesOfTheStatusAddressAreHostNames) {
  const auto config = parse_node_config("[listen]\nstatus_names = [\"cache1\", \"a.example.net\"]\n", "node.toml");
  ASSERT_TRUE(config) << config.error().text;
  EXPECT_EQ(config->listen.status_names, (std::vector<std::string>{"cache1", "a.example.net"}));
  EXPECT_NE(problems("[listen]\nstatus_names = [\"cache1:5000\"]\n").find("without a port"), std::string::npos);
}

TEST(NodeConfig, TheControlSocketIsAnAbsolutePathOrOff) {
  EXPECT_EQ(parse_node_config("", "node.toml")->listen.control, "");
  EXPECT_EQ(parse_node_config("[listen]\ncontrol = \"off\"\n", "node.toml")->listen.control, "");
  EXPECT_EQ(parse_node_config("[listen]\ncontrol = \"/run/larder/node.sock\"\n", "node.toml")->listen.control,
            "/run/larder/node.sock");
  EXPECT_NE(problems("[listen]\ncontrol = \"node.sock\"\n").find("node.toml:2: listen.control: is relative"),
            std::string::npos);
  EXPECT_NE(problems("[listen]\ncontrol = \"/" + std::string(103, 'a') + "\"\n").find("may have 103"),
            std::string::npos);
}

TEST(NodeConfig, EveryMistakeIsNamedByKeyAndLine) {
  const std::string text = problems(R"([listen]
http = ["127.0.0.1:99999"]
threads = 5000
[[drive]]
path = "/srv/a"
[limits]
egress = "fast"
idle = "0s"
egres = "1Gbps"
)");
  for (const std::string_view part :
       {"node.toml:2: listen.http:", "node.toml:3: listen.threads: 5000 is out of range",
        "node.toml:4: drive[0].size: is missing", "node.toml:7: limits.egress: \"fast\" is not a rate such as",
        "node.toml:8: limits.idle:", "node.toml:9: limits.egres: there is no such key here"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }
}

TEST(NodeConfig, LimitsOfAClientAreReadAndMayBeOff) {
  const auto given = parse_node_config(R"([limits]
connections_per_client = 10
requests_per_client = 5
new_objects_per_client = 0
least_send_rate = "2kB/s"
unlimited_clients = ["10.0.0.0/8"]
)",
                                       "node.toml");
  ASSERT_TRUE(given) << given.error().text;
  const http::ClientLimits::Limits& limits = given->limits.clients;
  EXPECT_EQ(limits.connections, 10U);
  EXPECT_EQ(limits.requests, 5U);
  EXPECT_EQ(limits.new_objects, 0U);
  EXPECT_EQ(limits.least_send_rate, 2'000U);
  ASSERT_EQ(limits.unlimited.size(), 1U);
  EXPECT_EQ(net::to_string(limits.unlimited[0]), "10.0.0.0/8");

  const auto off = parse_node_config("[limits]\nleast_send_rate = \"off\"\nunlimited_clients = []\n", "node.toml");
  ASSERT_TRUE(off) << off.error().text;
  EXPECT_EQ(off->limits.clients.least_send_rate, 0U);
  EXPECT_TRUE(off->limits.clients.unlimited.empty());
}

TEST(NodeConfig, WithoutAWordClientsHaveWideLimitsAndThisMachineHasNone) {
  const auto config = parse_node_config("", "node.toml");
  ASSERT_TRUE(config) << config.error().text;
  const http::ClientLimits::Limits& limits = config->limits.clients;
  EXPECT_EQ(limits.connections, 4'000U);
  EXPECT_EQ(limits.requests, 2'000U);
  EXPECT_EQ(limits.new_objects, 3'000U);
  EXPECT_EQ(limits.least_send_rate, 500U);
  EXPECT_EQ(limits.unlimited.size(), 2U);
}

TEST(NodeConfig, MistakesInLimitsOfAClientAreNamedByKeyAndLine) {
  const std::string text = problems(R"([limits]
connections_per_client = -1
requests_per_client = "many"
least_send_rate = "100MB/s"
unlimited_clients = ["10.0.0.1/8"]
)");
  for (const std::string_view part :
       {"node.toml:2: limits.connections_per_client: -1 is out of range",
        "node.toml:3: limits.requests_per_client: is a string", "node.toml:4: limits.least_send_rate: should be from",
        "node.toml:5: limits.unlimited_clients:"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }
  EXPECT_NE(problems("[limits]\nleast_send_rate = \"slow\"\n").find("or \"off\""), std::string::npos);
}

TEST(NodeConfig, MistakesInPathPatternsAreNamedByKeyAndLine) {
  const std::string text = problems(R"([[origin.rule]]
name = "updates"
hosts = ["updates.example"]
immutable = ["files/*"]
changing = true
changes = ["*"]
)");
  for (const std::string_view part :
       {"node.toml:4: origin.rule[0].immutable: \"files/*\" should begin with \"/\"",
        "node.toml:5: origin.rule[0].changing: is a boolean; it should be path patterns",
        "node.toml:6: origin.rule[0].changes: there is no such key here; the keys are: allowed_networks, changing,"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
  }
}

TEST(NodeConfig, BrokenTomlIsNamedByLine) {
  EXPECT_NE(problems("[listen]\nhttp = [").find("node.toml:2:"), std::string::npos) << problems("[listen]\nhttp = [");
}

TEST(NodeConfig, HttpsNeedsACertificate) {
  EXPECT_NE(problems("[listen]\nhttps = [\"127.0.0.1:443\"]\n").find("certificate and key"), std::string::npos);
}

TEST(NodeConfig, WrongTypesAreNamed) {
  EXPECT_NE(problems("drive = 3\n").find("drive: is a integer; it should be a list of tables"), std::string::npos)
      << problems("drive = 3\n");
  EXPECT_NE(problems("[limits]\nfill_memory = true\n").find("limits.fill_memory: is a boolean"), std::string::npos);
}

TEST(NodeConfig, DrivesAreScrubbedUnlessThatIsOff) {
  struct ScrubCase {
    std::string text;
    std::uint64_t rate;
  };
  for (const ScrubCase& one : {ScrubCase{"", 10 * kMiB}, ScrubCase{"[store]\nscrub_rate = \"off\"\n", 0},
                               ScrubCase{"[store]\nscrub_rate = \"64KiB/s\"\n", 64 * kKiB},
                               ScrubCase{"[store]\nscrub_rate = \"1GB/s\"\n", 1'000'000'000}}) {
    const auto config = parse_node_config(one.text, "larder.toml");
    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->scrub_rate, one.rate) << one.text;
  }
  for (const std::string_view wrong : {"\"0\"", "\"1KiB/s\"", "\"10MiB\"", "\"never\"", "5"}) {
    const auto config = parse_node_config(fmt::format("[store]\nscrub_rate = {}\n", wrong), "larder.toml");
    ASSERT_FALSE(config) << wrong;
    EXPECT_NE(config.error().text.find("larder.toml:2: store.scrub_rate: "), std::string::npos) << config.error().text;
  }
}

}  // namespace
}  // namespace larder::node
