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

TEST(ShippedRules, MicrosoftKnowsWhatNeverChangesUnderItsName) {
  const auto set = *RuleSet::build(*shipped_rules("microsoft"), {});
  struct Case {
    std::string_view host;
    std::string_view path;
    bool never_changes;
    bool fresh_by_rule;
  };
  constexpr std::string_view kUpdate = "download.windowsupdate.com";
  constexpr std::string_view kOffice = "officecdn.microsoft.com";
  constexpr std::string_view kXbox = "assets1.xboxlive.com";
  const Case cases[] = {
      {"msedge.b.tlu.dl.delivery.mp.microsoft.com", "/filestreamingservice/files/8cbf88e2-28a2-4799-ac29-870d1fb99308",
       true, true},
      {"catalog.sf.dl.delivery.mp.microsoft.com",
       "/filestreamingservice/files/471c8f54-b9fc-491d-9944-234d5db009f0/public/windows11.0-kb5129195-x64.msu", true,
       true},
      {"dl.delivery.mp.microsoft.com", "/other", false, true},
      {kUpdate, "/c/msdownload/update/software/secu/2023/05/windows10.0-kb5026361-x64_961f439d.msu", true, true},
      {kUpdate, "/d/msdownload/update/driver/drvs/2024/05/75861fae-a035_a4dfc2cd.cab", true, true},
      {kUpdate, "/msdownload/update/driver/drvs/2012/12/20021667_7b6ddf62.cab", true, true},
      {kUpdate, "/c/msdownload/update/others/2019/10/30117433_54f3d3d2.cab", true, true},
      {kUpdate, "/msdownload/update/v3-19990518/cabpool/2060_8edb3031.cab", true, true},
      {"fg.ds.b1.download.windowsupdate.com", "/c/Upgr/2017/10/16299.15.rs3_1e9f9ef4.esd", true, true},
      {"b1.download.windowsupdate.com", "/d/upgr/2019/11/windows10.0-kb4517245-x64_4250e1db.cab", true, true},
      {kUpdate, "/microsoftupdate/v6/wsusscan/wsusscn2.cab", false, false},
      {"www.download.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/authrootstl.cab", false, false},
      {"www.download.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/disallowedcertstl.cab", false,
       false},
      {kUpdate, "/v9/windowsupdate/redir/muv4wuredir.cab", false, false},
      {kUpdate, "/v9/microsoftupdate/redir/muauth.cab", false, false},
      {kUpdate, "/v9/windowsupdate/selfupdate/wuident.cab", false, false},
      {kUpdate, "/phf/dotc/ReplacementDCATFile.txt", false, true},
      {"ctldl.windowsupdate.com", "/msdownload/update/v3/static/trustedr/en/authrootstl.cab", false, false},
      {kOffice, "/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60/office/data/16.0.4229.1004/stream.x64.x-none.dat", true,
       false},
      {kOffice, "/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60/Office/Data/16.0.4229.1004/stream.x64.de-de.dat", true,
       false},
      {kOffice, "/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60/office/data/v64.cab", false, false},
      {kOffice, "/pr/wsus/setup.exe", false, false},
      {kXbox,
       "/4/e4393384-8ff0-4d92-aac1-bad1fb53178a/cdaa6a83-240e-4888-b462-5a0d2c5aa90e/"
       "1.0.23.1.04470f65-eb47-428d-89de-d70e05f73369/bo4-ww-en-fr_1.0.23.1_x64__ht1qfjb0gaftw",
       true, true},
      {"assets2.xboxlive.com",
       "/Z/80c6fe1f-3d12-47fe-ace0-1406ce1bc3c6/7792d9ce-355a-493c-afbd-768f4a77c3b0/"
       "1.26.5203.0.8faf62df-3520-469d-9462-64acfbabde93/Microsoft.MinecraftUWP_1.26.5203.0_x64__8wekyb3d8bbwe.msixvc",
       true, true},
      {kXbox, "/Z/routing/extraextralarge.txt", false, true},
      {"dlassets.xboxlive.com", "/public/content/ppl/colors/00012.json", false, false},
      {"swda01-mscdn.manage.microsoft.com", "/a/b/c.intunewin.bin", false, false},
      {"statics.teams.cdn.office.net", "/production-windows-x64/1/MSTeams-x64.msix", false, false},
  };
  for (const Case& c : cases) {
    const ContentRule* rule = set->match(c.host);
    ASSERT_NE(rule, nullptr) << c.host;
    EXPECT_EQ(rule->never_changes(c.path), c.never_changes) << c.host << c.path;
    EXPECT_EQ(rule->fresh_for(c.path).has_value(), c.fresh_by_rule) << c.host << c.path;
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
