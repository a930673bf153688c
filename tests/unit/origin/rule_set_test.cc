#include "origin/rule_set.h"

#include <gtest/gtest.h>

#include "origin/shipped_rules.h"

namespace larder::origin {
namespace {

ContentRule rule(std::string name, std::vector<std::string> hosts) {
  ContentRule made;
  made.name = std::move(name);
  made.hosts = std::move(hosts);
  return made;
}

ContentRule network_rule(std::string name, std::string_view prefix) {
  ContentRule made;
  made.name = std::move(name);
  made.allowed_networks.push_back(*net::parse_prefix(prefix));
  return made;
}

std::string matched(const RuleSet& set, std::string_view host) {
  const ContentRule* found = set.match(host);
  return found == nullptr ? "none" : found->name;
}

TEST(RuleSet, ExactBeatsPatternAndLongerBeatsShorter) {
  const auto set = *RuleSet::build(
      {}, {rule("wide", {"*.example.com"}), rule("narrow", {"*.dl.example.com"}), rule("exact", {"a.dl.example.com"})});

  EXPECT_EQ(matched(*set, "example.com"), "wide");
  EXPECT_EQ(matched(*set, "x.example.com"), "wide");
  EXPECT_EQ(matched(*set, "dl.example.com"), "narrow");
  EXPECT_EQ(matched(*set, "b.c.dl.example.com"), "narrow");
  EXPECT_EQ(matched(*set, "a.dl.example.com"), "exact");
  EXPECT_EQ(matched(*set, "x.a.dl.example.com"), "narrow");
  EXPECT_EQ(matched(*set, "notexample.com"), "none");
  EXPECT_EQ(matched(*set, "com"), "none");
  EXPECT_EQ(matched(*set, ""), "none");
  EXPECT_EQ(matched(*set, "example.com.evil.org"), "none");
}

TEST(RuleSet, OwnRulesBeatShippedOnes) {
  const auto set =
      *RuleSet::build({rule("shipped", {"a.example.com", "b.example.org"})}, {rule("own", {"*.example.com"})});

  EXPECT_EQ(matched(*set, "a.example.com"), "own");
  EXPECT_EQ(matched(*set, "b.example.org"), "shipped");
}

TEST(RuleSet, AnOwnRuleReplacesTheShippedOneOfItsName) {
  const auto set =
      *RuleSet::build({rule("xbox", {"a.example.com", "b.example.com"})}, {rule("xbox", {"b.example.com"})});

  EXPECT_EQ(matched(*set, "a.example.com"), "none");
  EXPECT_EQ(matched(*set, "b.example.com"), "xbox");
  EXPECT_EQ(set->rules().size(), 1U);
}

TEST(RuleSet, AddressesMatchOnlyAllowedNetworksNarrowestFirst) {
  const auto set = *RuleSet::build({}, {network_rule("ten", "10.0.0.0/8"), network_rule("one", "10.1.0.0/16"),
                                        network_rule("six", "2001:db8::/32"), rule("names", {"*.example.com"})});

  EXPECT_EQ(matched(*set, "10.2.0.1"), "ten");
  EXPECT_EQ(matched(*set, "10.1.0.1"), "one");
  EXPECT_EQ(matched(*set, "2001:db8::7"), "six");
  EXPECT_EQ(matched(*set, "11.0.0.1"), "none");
  EXPECT_EQ(matched(*set, "::1"), "none");
}

TEST(RuleSet, RefusesTwoRulesForOneHostOrName) {
  EXPECT_FALSE(RuleSet::build({}, {rule("a", {"x.example"}), rule("b", {"X.example"})}));
  EXPECT_FALSE(RuleSet::build({}, {rule("a", {"x.example"}), rule("a", {"y.example"})}));
  EXPECT_FALSE(RuleSet::build({}, {rule("a", {"*"})}));
  EXPECT_TRUE(RuleSet::build({}, {rule("a", {"x.example", "*.x.example"})}));
}

TEST(ShippedRules, MicrosoftHasItsHosts) {
  const auto set = *RuleSet::build(*shipped_rules("microsoft"), {});
  struct Case {
    std::string_view host;
    std::string_view rule;
  };
  const Case cases[] = {
      {"au.download.windowsupdate.com", "windows-update"},
      {"download.windowsupdate.com", "windows-update"},
      {"2.b1.download.windowsupdate.com", "windows-update"},
      {"3.au.b1.download.windowsupdate.com", "windows-update"},
      {"dl.delivery.mp.microsoft.com", "windows-update"},
      {"7.tlu.dl.delivery.mp.microsoft.com", "windows-update"},
      {"msedge.b.tlu.dl.delivery.mp.microsoft.com", "windows-update"},
      {"emdl.ws.microsoft.com", "windows-update"},
      {"ctldl.windowsupdate.com", "certificate-trust-lists"},
      {"officecdn.microsoft.com", "office"},
      {"officecdn.microsoft.com.edgesuite.net", "office"},
      {"f.c2r.ts.cdn.office.net", "office"},
      {"fg.tscdn.m365.static.microsoft", "office"},
      {"x.res.cdn.office.net", "outlook"},
      {"statics.teams.cdn.office.net", "teams"},
      {"installer.teams.static.microsoft", "teams"},
      {"sf.teams.static.microsoft", "teams"},
      {"swda01-mscdn.manage.microsoft.com", "intune"},
      {"swdd02.manage.microsoft.com", "intune"},
      {"assets1.xboxlive.com", "xbox"},
      {"xvcf2.xboxlive.com", "xbox"},
      {"xbl-dlassets-origin.xboxlive.com", "xbox"},
      {"tlu.dl.adu.microsoft.com", "device-update"},
      {"dcsfe.prod.adu.microsoft.com", "device-update"},
      {"www.microsoft.com", "none"},
      {"windowsupdate.com", "none"},
      {"geo.prod.do.dsp.mp.microsoft.com", "none"},
  };
  for (const Case& c : cases) EXPECT_EQ(matched(*set, c.host), c.rule) << c.host;
  for (const ContentRule& each : set->rules()) {
    EXPECT_FALSE(each.query_in_key) << each.name;
    EXPECT_FALSE(each.honour_no_store) << each.name;
  }
}

TEST(ShippedRules, EverySetBuilds) {
  for (const std::string_view name : shipped_rule_names()) {
    const auto set = RuleSet::build(*shipped_rules(name), {});
    EXPECT_TRUE(set) << name << ": " << set.error().text;
  }
  EXPECT_FALSE(shipped_rules("macrosoft"));
}

}  // namespace
}  // namespace larder::origin
