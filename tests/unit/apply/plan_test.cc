#include "apply/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "apply/fleet_file.h"
#include "apply/plan_view.h"
#include "core/json.h"
#include "terminal/table.h"

namespace larder::apply {
namespace {

Fleet fleet(const std::string& resources) {
  auto read = read_fleet("resources:\n" + resources);
  EXPECT_TRUE(read) << (read ? "" : to_string(read.error().list()[0], "f"));
  return read ? *std::move(read) : Fleet();
}

PresentNode node(const std::string& name, const std::string& settings) {
  return {"id-" + name, name, "\"1\"", parse_json_object(settings).value()};
}

Present present(std::vector<PresentNode> nodes) {
  return {"North", {{"id-north", "north", "\"5\"", "ours", std::move(nodes)}}};
}

std::string shown(const Plan& plan) { return plan_table(plan.steps).to_string({}); }

TEST(Plan, WhatIsAsItIsWantedNeedsNoStep) {
  const Present there =
      present({node("a", R"({"cidr_blocks":["10.0.0.0/24","10.0.1.0/24"],"notes":"x","fqdn":null})")});
  const Fleet wanted =
      fleet("- name: north\n  nodes:\n  - {name: a, fqdn: null, cidr_blocks: [10.0.1.0/24, 10.0.0.0/24]}\n");
  EXPECT_EQ(shown(make_plan(wanted, there, true)), "");
  EXPECT_EQ(shown(make_plan(described(there), there, true)), "");
}

TEST(Plan, WhatIsMissingIsCreatedResourcesFirst) {
  const Plan plan =
      make_plan(fleet("- name: south\n  notes: n\n  nodes:\n  - {name: b, max_egress_mbps: 5, fqdn: null}\n"),
                present({}), false);
  EXPECT_EQ(shown(plan),
            "+ resource south\n"
            "    notes: \"n\"\n"
            "+ node south/b\n"
            "    max_egress_mbps: 5\n");
  EXPECT_EQ(boost::json::serialize(plan.steps[0].body), R"({"name":"south","notes":"n"})");
  EXPECT_EQ(boost::json::serialize(plan.steps[1].body), R"({"fqdn":null,"max_egress_mbps":5,"name":"b"})");
  EXPECT_EQ(plan.steps[1].resource_id, "");
}

TEST(Plan, OnlyWhatDiffersIsShownAndSent) {
  const Present there =
      present({node("a", R"({"cidr_blocks":["10.0.0.0/24","10.0.1.0/24"],"notes":"x","fqdn":"a.example",
      "labels":{"site":"n","old":"1"},"update":{"ring":"fast","week":null,"day":null,"time":null},
      "drives":[{"path":"/srv/1","size_gib":1000}]})")});
  const Plan plan =
      make_plan(fleet("- name: north\n  notes: ours\n  nodes:\n  - name: a\n    notes: y\n    fqdn: a.example\n"
                      "    cidr_blocks: [10.0.1.0/24, 10.0.2.0/24]\n    labels: {site: s}\n"
                      "    drives: [{path: /srv/2, size_gib: 2000}]\n"),
                there, false);
  EXPECT_EQ(shown(plan),
            "~ node north/a\n"
            "    cidr_blocks:\n"
            "      + 10.0.2.0/24\n"
            "      - 10.0.0.0/24\n"
            "    drives:\n"
            "      + /srv/2 2,000 GiB\n"
            "      - /srv/1 1,000 GiB\n"
            "    labels.site: \"n\" -> \"s\"\n"
            "    labels.old: \"1\" -> none\n"
            "    notes: \"x\" -> \"y\"\n");
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].etag, "\"1\"");
  EXPECT_EQ(boost::json::serialize(plan.steps[0].body),
            R"({"cidr_blocks":["10.0.1.0/24","10.0.2.0/24"],"drives":[{"path":"/srv/2","size_gib":2000}],)"
            R"("labels":{"site":"s"},"notes":"y"})");
}

TEST(Plan, WhatTheFileDoesNotHaveIsDeletedWithPruneOnly) {
  Present there = present({node("a", "{}"), node("b", R"({"cidr_blocks":["10.0.0.0/24"]})")});
  there.resources.push_back({"id-south", "south", "\"2\"", "", {node("c", "{}")}});
  const Fleet wanted = fleet("- name: north\n  nodes: [{name: a}]\n");
  const Plan careful = make_plan(wanted, there, false);
  EXPECT_TRUE(careful.steps.empty());
  EXPECT_EQ(careful.left_alone, (std::vector<std::string>{"node north/b", "node south/c", "resource south"}));
  const Plan pruning = make_plan(wanted, there, true);
  EXPECT_EQ(shown(pruning),
            "- node north/b, with its keys, for good\n"
            "    cidr_blocks:\n"
            "      - 10.0.0.0/24\n"
            "- node south/c, with its keys, for good\n"
            "- resource south\n");
  EXPECT_TRUE(pruning.left_alone.empty());
}

TEST(Plan, NodesOfAResourceThatSaysNothingOfThemAreNotTouched) {
  const Plan plan = make_plan(fleet("- name: north\n"), present({node("a", "{}")}), true);
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_TRUE(plan.left_alone.empty());
}

TEST(Plan, WhatIsDeletedGivesItsAddressesBackBeforeOthersGetThem) {
  const Plan plan = make_plan(fleet("- name: south\n  nodes: [{name: a, cidr_blocks: [10.0.0.0/24]}]\n"),
                              present({node("a", R"({"cidr_blocks":["10.0.0.0/24"]})")}), true);
  std::vector<std::string> order;
  for (const Step& step : plan.steps) order.push_back(headline(step).substr(0, 15));
  EXPECT_EQ(order,
            (std::vector<std::string>{"- node north/a,", "+ resource sout", "+ node south/a", "- resource nort"}));
}

TEST(Plan, BlocksAndAddressesThatChangeHandsAreGivenBackFirst) {
  const Present there = present({node("a", R"({"cidr_blocks":["10.0.0.0/23","10.9.0.0/24"],"ipv4_address":"1.1.1.1"})"),
                                 node("b", R"({"cidr_blocks":["10.1.0.0/24"],"ipv4_address":"2.2.2.2"})")});
  const Plan plan = make_plan(fleet("- name: north\n  nodes:\n"
                                    "  - {name: a, cidr_blocks: [10.1.0.0/25], ipv4_address: 2.2.2.2}\n"
                                    "  - {name: b, cidr_blocks: [10.0.1.0/24], ipv4_address: 1.1.1.1}\n"),
                              there, false);
  EXPECT_EQ(shown(plan),
            "~ node north/a, first: so that others can have what it gives back\n"
            "    ipv4_address: \"1.1.1.1\" -> none\n"
            "    cidr_blocks:\n"
            "      - 10.0.0.0/23\n"
            "~ node north/b, first: so that others can have what it gives back\n"
            "    ipv4_address: \"2.2.2.2\" -> none\n"
            "    cidr_blocks:\n"
            "      - 10.1.0.0/24\n"
            "~ node north/a\n"
            "    ipv4_address: none -> \"2.2.2.2\"\n"
            "    cidr_blocks:\n"
            "      + 10.1.0.0/25\n"
            "      - 10.9.0.0/24\n"
            "~ node north/b\n"
            "    ipv4_address: none -> \"1.1.1.1\"\n"
            "    cidr_blocks:\n"
            "      + 10.0.1.0/24\n");
}

TEST(Plan, WhatANodeGivesBackToItselfOrToNobodyTakesOneStep) {
  const Present there = present({node("a", R"({"cidr_blocks":["10.0.0.0/23"]})")});
  const Plan plan =
      make_plan(fleet("- name: north\n  nodes: [{name: a, cidr_blocks: [10.0.0.0/24, 10.0.1.0/24]}]\n"), there, false);
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_FALSE(plan.steps[0].gives_back);
}

TEST(Plan, WhoOnlyGivesBackDoesItInOneStep) {
  const Present there = present({node("a", R"({"cidr_blocks":["10.0.0.0/24"]})"), node("b", R"({"cidr_blocks":[]})")});
  const Plan plan =
      make_plan(fleet("- name: north\n  nodes: [{name: b, cidr_blocks: [10.0.0.0/24]}, {name: a, cidr_blocks: []}]\n"),
                there, false);
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].node, "a");
  EXPECT_EQ(plan.steps[1].node, "b");
}

TEST(Plan, ABlockThatWasSharedIsGivenBackBeforeItIsNotSharedAnyMore) {
  const Present there = present({node("a", R"({"cidr_blocks":["10.0.0.0/24"],"share_blocks":true})"),
                                 node("b", R"({"cidr_blocks":["10.0.0.0/24"],"share_blocks":true})")});
  const Plan plan = make_plan(
      fleet("- name: north\n  nodes: [{name: a, share_blocks: false}, {name: b, cidr_blocks: []}]\n"), there, false);
  ASSERT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.steps[0].node, "b");
}

TEST(Plan, ANameInAnotherCaseIsTheSameNodeAndToldAndARenamedResource) {
  const Present there = present({node("Seattle-1", "{}")});
  const Plan plan = make_plan(fleet("- name: North\n  nodes: [{name: seattle-1}]\n"), there, true);
  ASSERT_EQ(plan.mistakes.list().size(), 1U);
  EXPECT_EQ(
      to_string(plan.mistakes.list()[0], "f"),
      "f line 3: resources[0].nodes[0].name: the portal has this node as Seattle-1, and a node's name never changes: "
      "write Seattle-1");
  EXPECT_EQ(shown(plan), "~ resource North\n    name: \"north\" -> \"North\"\n");
}

TEST(Plan, APlanHoldsUntilWhatItTouchesIsChanged) {
  const Fleet wanted = fleet("- name: north\n  nodes: [{name: a, notes: y}]\n");
  const Present then = present({node("a", R"({"notes":"x","fqdn":null})"), node("b", R"({"notes":"x"})")});
  const Plan plan = make_plan(wanted, then, false);
  const auto holds = [&](const Present& now) {
    return still_holds(plan, make_plan(wanted, now, false), changes_between(then, now));
  };
  EXPECT_TRUE(holds(then));
  EXPECT_TRUE(holds(present({node("a", R"({"notes":"x","fqdn":null})"), node("b", R"({"notes":"other"})")})));
  EXPECT_TRUE(holds(present({node("a", R"({"notes":"x","fqdn":null})")})));
  EXPECT_FALSE(holds(present({node("a", R"({"notes":"x","fqdn":"a.example"})"), node("b", R"({"notes":"x"})")})));
  EXPECT_FALSE(holds(present({node("a", R"({"notes":"y","fqdn":null})"), node("b", R"({"notes":"x"})")})));
  EXPECT_FALSE(holds(present({node("b", R"({"notes":"x"})")})));
  const auto changes = changes_between(then, present({node("a", R"({"notes":"x","fqdn":"a.example"})")}));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(sentence(changes[0]), "delete node north/b");
  EXPECT_EQ(sentence(changes[1]), "change node north/a: fqdn: none -> \"a.example\"");
}

TEST(Plan, LongListsOfBlocksAreWrapped) {
  std::string blocks;
  for (int i = 0; i < 30; ++i) blocks += (i == 0 ? "" : ", ") + std::string("10.0.") + std::to_string(i) + ".0/24";
  const Plan plan =
      make_plan(fleet("- name: north\n  nodes: [{name: a, cidr_blocks: [" + blocks + "]}]\n"), present({}), false);
  const std::string text = shown(plan);
  EXPECT_NE(text.find("10.0.29.0/24"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 7) << text;
}

TEST(Plan, OfVeryLongListsTheRestIsCounted) {
  std::string blocks;
  for (int i = 0; i < 1300; ++i) blocks += fmt::format("{}10.{}.{}.0/24", i == 0 ? "" : ", ", i / 256, i % 256);
  const Plan plan =
      make_plan(fleet("- name: north\n  nodes: [{name: a, cidr_blocks: [" + blocks + "]}]\n"), present({}), false);
  const std::string text = shown(plan);
  EXPECT_NE(text.find("10.0.199.0/24\n      + and 1,100 more (--json lists all)\n"), std::string::npos) << text;
  EXPECT_EQ(to_json(plan.steps[0]).at("changes").as_array()[0].at("added").as_array().size(), 1300U);
}

}  // namespace
}  // namespace larder::apply
