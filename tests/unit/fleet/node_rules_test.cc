#include "fleet/node_rules.h"

#include <gtest/gtest.h>

#include <functional>

namespace larder::fleet {
namespace {

using ledger::FieldProblems;
using ledger::OrganisationKind;

constexpr NodeRules kIsp = {OrganisationKind::kIsp, false};
constexpr NodeRules kIspTrying = {OrganisationKind::kIsp, true};
constexpr NodeRules kEnterprise = {OrganisationKind::kEnterprise, false};

/// The pointers of what is wrong, a blank after each.
std::string wrong(const std::function<void(NodeSettings&)>& set, NodeRules rules = kIsp) {
  NodeSettings settings;
  set(settings);
  FieldProblems problems;
  check_node_settings(settings, rules, problems);
  std::string pointers;
  for (const ledger::FieldProblem& problem : problems.list()) pointers += problem.pointer + " ";
  return pointers;
}

std::string wrong_name(std::string_view name) {
  FieldProblems problems;
  check_node_name(name, problems);
  return problems.empty() ? "" : problems.list()[0].suggestion.value_or("-");
}

TEST(NodeRules, ANameHasNoSpaces) {
  for (const char* name : {"seattle-1", "Seattle_1", "1", "a"}) EXPECT_EQ(wrong_name(name), "") << name;
  EXPECT_EQ(wrong_name("Seattle 1"), "Seattle-1");
  EXPECT_EQ(wrong_name("a.b/c"), "a-b-c");
  EXPECT_EQ(wrong_name(""), "-");
  EXPECT_EQ(wrong_name(std::string(90, 'a')), "");
  EXPECT_NE(wrong_name(std::string(91, 'a')), "");
}

TEST(NodeRules, AnIspsAddressIsGloballyRoutable) {
  const auto v4 = [](const char* address, NodeRules rules) {
    return wrong([&](NodeSettings& settings) { settings.ipv4_address = address; }, rules);
  };
  EXPECT_EQ(v4("81.2.69.142", kIsp), "");
  for (const char* address : {"10.0.0.1", "127.0.0.1", "100.64.0.1", "192.0.2.1"}) {
    EXPECT_EQ(v4(address, kIsp), "/ipv4_address ") << address;
    EXPECT_EQ(v4(address, kIspTrying), "") << address;
    EXPECT_EQ(v4(address, kEnterprise), "") << address;
  }
  for (const char* address : {"0.0.0.0", "224.0.0.1", "2a00::1", "1.2.3", "x"}) {
    for (const NodeRules& rules : {kIsp, kIspTrying, kEnterprise}) EXPECT_EQ(v4(address, rules), "/ipv4_address ");
  }
}

TEST(NodeRules, Ipv6AddressesAreBroughtIntoTheirShortForm) {
  NodeSettings settings;
  settings.ipv6_address = "2A00:1450:0:0::0001";
  FieldProblems problems;
  check_node_settings(settings, kIsp, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(settings.ipv6_address, "2a00:1450::1");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.ipv6_address = "1.2.3.4"; }), "/ipv6_address ");
}

TEST(NodeRules, AnAddressInAnotherWritingIsOfferedInItsOwn) {
  const auto offered = [](const char* v4, const char* v6) -> std::string {
    NodeSettings settings;
    if (v4 != nullptr) settings.ipv4_address = v4;
    if (v6 != nullptr) settings.ipv6_address = v6;
    FieldProblems problems;
    check_node_settings(settings, kIsp, problems);
    if (problems.list().size() != 1) return fmt::format("{} problems", problems.list().size());
    return problems.list()[0].pointer + " " + problems.list()[0].suggestion.value_or("");
  };
  EXPECT_EQ(offered("081.2.69.142", nullptr), "/ipv4_address 81.2.69.142");
  EXPECT_EQ(offered("::ffff:81.2.69.142", nullptr), "/ipv4_address 81.2.69.142");
  EXPECT_EQ(offered(" 81.2.69.142", nullptr), "/ipv4_address 81.2.69.142");
  EXPECT_EQ(offered(nullptr, "[2a00:1450::1]"), "/ipv6_address 2a00:1450::1");
  EXPECT_EQ(offered(nullptr, "2a00:1450::1%eth0"), "/ipv6_address 2a00:1450::1");
  EXPECT_EQ(offered(nullptr, "::ffff:81.2.69.142"), "/ipv6_address ");
  EXPECT_EQ(offered("::81.2.69.142", nullptr), "/ipv4_address 81.2.69.142");
  EXPECT_EQ(offered(nullptr, "::81.2.69.142"), "/ipv6_address ");
}

TEST(NodeRules, AFullHostNameHasADot) {
  for (const char* name : {"cache1.example.net", "a-b.example", "CACHE.Example.NET."}) {
    EXPECT_EQ(wrong([&](NodeSettings& s) { s.fqdn = name; }), "") << name;
  }
  for (const char* name : {"cache1", "", "-a.example", "a..b", "a_b.example", "1.2.3.4", "a b.example"}) {
    EXPECT_EQ(wrong([&](NodeSettings& s) { s.fqdn = name; }), "/fqdn ") << name;
  }
}

TEST(NodeRules, DrivesAreFoldersOfTheirOwn) {
  const auto drive = [](std::string path) { return wrong([&](NodeSettings& s) { s.drives = {{path, 100}}; }); };
  EXPECT_EQ(drive("/srv/larder/1"), "");
  for (const char* path : {"", " ", ".", "./var", "/", "//", "/srv/..", "srv/larder"}) {
    EXPECT_EQ(drive(path), "/drives/0/path ") << path;
  }
  EXPECT_EQ(wrong([](NodeSettings& s) { s.drives = {{"/a", 1}, {"/b/", 1}, {"/b", 1}}; }), "/drives/2/path ");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.drives = {{"/a", 1}, {"/a/b", 1}}; }), "/drives/1/path ");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.drives = {{"/a", 1}, {"/ab", 1}}; }), "");
}

TEST(NodeRules, AProxyIsHttpWithAPortAndNoSecrets) {
  for (const char* url :
       {"http://proxy.example.net:3128", "https://10.0.0.1:8080/", "http://[2001:db8::1]:3128", "http://proxy:3128"}) {
    EXPECT_EQ(wrong([&](NodeSettings& s) { s.proxy_url = url; }), "") << url;
  }
  for (const char* url :
       {"proxy:3128", "http://proxy", "http://proxy:0", "http://proxy:70000", "http://:3128", "ftp://proxy:21",
        "http://user:secret@proxy:3128", "http://proxy:3128/path", "http://a b:1"}) {
    EXPECT_EQ(wrong([&](NodeSettings& s) { s.proxy_url = url; }), "/proxy_url ") << url;
  }
}

TEST(NodeRules, TheSlowRingNeedsAWindowAndTheFastOneHasNone) {
  const auto update = [](UpdateWindow window) { return wrong([&](NodeSettings& s) { s.update = std::move(window); }); };
  EXPECT_EQ(update({"fast", {}, {}, {}}), "");
  EXPECT_EQ(update({"fast", 1, {}, {}}), "/update ");
  EXPECT_EQ(update({"slow", 1, 6, "03:00"}), "");
  EXPECT_EQ(update({"slow", {}, {}, {}}), "/update/week /update/day /update/time ");
  for (const char* time : {"24:00", "03:60", "3:00", "03-00", "0300"}) {
    EXPECT_EQ(update({"slow", 1, 6, time}), "/update/time ") << time;
  }
}

TEST(NodeRules, LabelsAreShortTexts) {
  EXPECT_EQ(wrong([](NodeSettings& s) { s.labels = {{"site", "Seattle"}, {"rack.row", "7"}}; }), "");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.labels = {{"Site", "x"}, {"a/b", "y"}}; }), "/labels/Site /labels/a~1b ");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.labels = {{"site", 7}}; }), "/labels/site ");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.labels = {{"site", std::string(201, 'x')}}; }), "/labels/site ");
}

TEST(NodeRules, OnlyANodeThatDrainsHasAnEnd) {
  EXPECT_EQ(wrong([](NodeSettings& s) { s.intent = {IntentState::kDraining, 1}; }), "");
  EXPECT_EQ(wrong([](NodeSettings& s) { s.intent = {IntentState::kEnabled, 1}; }), "/intent/until ");
}

TEST(NodeRules, ADrainThatIsOverIsDisabled) {
  const Intent intent{IntentState::kDraining, 1000};
  EXPECT_EQ(intent.effective(999), IntentState::kDraining);
  EXPECT_EQ(intent.effective(1000), IntentState::kDisabled);
  EXPECT_EQ((Intent{IntentState::kDraining, std::nullopt}.effective(1'000'000)), IntentState::kDraining);
}

}  // namespace
}  // namespace larder::fleet
