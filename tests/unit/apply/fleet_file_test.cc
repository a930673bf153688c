#include "apply/fleet_file.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "apply/yaml_writer.h"
#include "core/json.h"

namespace larder::apply {
namespace {

std::vector<std::string> mistakes_of(const std::string& text) {
  std::vector<std::string> lines;
  const auto fleet = read_fleet(text);
  if (fleet) return lines;
  for (const Mistake& mistake : fleet.error().list()) lines.push_back(to_string(mistake, "f"));
  return lines;
}

// A file whose only node has this line.
std::string with_setting(const std::string& line) {
  return "resources:\n- name: north\n  nodes:\n  - name: a\n    " + line + "\n";
}

std::string mistake_in(const std::string& line) {
  const auto found = mistakes_of(with_setting(line));
  return found.size() == 1 ? found[0] : std::to_string(found.size()) + " mistakes";
}

boost::json::object settings(const std::string& line) {
  const auto fleet = read_fleet(with_setting(line));
  return fleet ? (*fleet->resources[0].nodes)[0].settings : boost::json::object();
}

TEST(FleetFile, AllThatANodeMayHaveIsRead) {
  const auto fleet = read_fleet(R"(
organisation: North ISP
resources:
  - name: north
    notes: "two\nlines"
    nodes:
      - name: seattle-1
        ipv4_address: 203.0.113.10
        ipv6_address: 2001:DB8::0010
        fqdn: Cache1.Example.NET.
        cidr_blocks: [198.51.100.0/24, "2001:DB8::/32", 192.0.2.7]
        share_blocks: true
        intent: {state: draining, until: 2026-12-01 03:00}
        max_egress_mbps: 10000
        drives:
          - {path: //srv//larder/1/, size_gib: 500}
        proxy_url: null
        update: {ring: slow, week: 2, day: 1, time: 03:00}
        labels: {site: north, "rack": "7"}
        notes: hello
)");
  ASSERT_TRUE(fleet) << to_string(fleet.error().list()[0], "f");
  EXPECT_EQ(fleet->organisation, "North ISP");
  ASSERT_EQ(fleet->resources.size(), 1U);
  EXPECT_EQ(fleet->resources[0].notes, "two\nlines");
  const WantedNode& node = fleet->resources[0].nodes->at(0);
  const auto expected = parse_json(R"({
    "ipv4_address": "203.0.113.10", "ipv6_address": "2001:db8::10", "fqdn": "cache1.example.net",
    "cidr_blocks": ["198.51.100.0/24", "2001:db8::/32", "192.0.2.7/32"], "share_blocks": true,
    "intent": {"state": "draining", "until": "2026-12-01T03:00:00Z"}, "max_egress_mbps": 10000,
    "drives": [{"path": "/srv/larder/1", "size_gib": 500}], "proxy_url": null,
    "update": {"ring": "slow", "week": 2, "day": 1, "time": "03:00"}, "labels": {"site": "north", "rack": "7"},
    "notes": "hello"})");
  EXPECT_EQ(boost::json::value(node.settings), *expected) << boost::json::serialize(node.settings);
  EXPECT_EQ(node.places.at("/cidr_blocks/1").line, 11U);
  EXPECT_EQ(node.places.at("/labels/rack").key, "resources[0].nodes[0].labels.rack");
}

TEST(FleetFile, WhatIsNotSaidIsNotWanted) {
  const auto fleet = read_fleet("resources:\n- name: north\n- name: south\n  nodes: [{name: a}]\n");
  ASSERT_TRUE(fleet);
  EXPECT_FALSE(fleet->resources[0].nodes);
  EXPECT_FALSE(fleet->resources[0].notes);
  EXPECT_TRUE(fleet->resources[1].nodes->at(0).settings.empty());
}

TEST(FleetFile, NullAndAnEmptyTextTakeAValueAway) {
  for (const char* value : {"null", "~", "\"\""}) {
    EXPECT_EQ(settings(std::string("fqdn: ") + value), (boost::json::object{{"fqdn", nullptr}})) << value;
  }
  EXPECT_EQ(settings("max_egress_mbps: null"), (boost::json::object{{"max_egress_mbps", nullptr}}));
  EXPECT_EQ(settings("notes: null"), (boost::json::object{{"notes", ""}}));
}

TEST(FleetFile, MistakesNameLineKeyAndWhatWouldBeRight) {
  EXPECT_EQ(
      mistake_in("max_egress: 5"),
      "f line 5: resources[0].nodes[0].max_egress: it is not known here; known are: cidr_blocks, drives, fqdn, "
      "intent, ipv4_address, ipv6_address, labels, max_egress_mbps, name, notes, proxy_url, share_blocks, update");
  EXPECT_EQ(mistake_in("max_egress_mbps: fast"),
            "f line 5: resources[0].nodes[0].max_egress_mbps: it must be a whole number, and is a text");
  EXPECT_EQ(mistake_in("max_egress_mbps: 0"),
            "f line 5: resources[0].nodes[0].max_egress_mbps: 0 is not a number from 1 to 10000000");
  EXPECT_EQ(mistake_in("notes: 12"),
            "f line 5: resources[0].nodes[0].notes: it must be a text: put it in quotes, \"12\"");
  EXPECT_EQ(mistake_in("share_blocks: yes"),
            "f line 5: resources[0].nodes[0].share_blocks: it must be true or false, and is a text");
  EXPECT_EQ(mistake_in("cidr_blocks: 192.0.2.0/24"),
            "f line 5: resources[0].nodes[0].cidr_blocks: it must be a list ([] is an empty one), and is a text");
  EXPECT_EQ(mistake_in("cidr_blocks: [192.0.2.0/24, 192.0.2.7/24]"),
            "f line 5: resources[0].nodes[0].cidr_blocks[1]: \"192.0.2.7/24\" has bits set beyond its length; "
            "192.0.2.0/24 is meant, or a longer prefix");
  EXPECT_EQ(mistake_in("cidr_blocks: [192.0.2.7/32, 192.0.2.7]"),
            "f line 5: resources[0].nodes[0].cidr_blocks[1]: 192.0.2.7/32 is listed twice");
  EXPECT_EQ(mistake_in("ipv4_address: \"::1\""),
            "f line 5: resources[0].nodes[0].ipv4_address: \"::1\" is not an IPv4 address such as 192.0.2.10");
  EXPECT_EQ(mistake_in("intent: {state: off}"),
            "f line 5: resources[0].nodes[0].intent.state: \"off\" is not one of enabled, disabled, draining");
  EXPECT_EQ(mistake_in("intent: {state: enabled, until: 2026-12-01}"),
            "f line 5: resources[0].nodes[0].intent.until: only a node that drains has an end of that");
  EXPECT_EQ(mistake_in("update: {ring: slow, week: 1, day: 1}"),
            "f line 5: resources[0].nodes[0].update.time: it is missing: the slow ring needs a time in UTC, \"03:00\"");
  EXPECT_EQ(mistake_in("update: {ring: fast, day: 1}"),
            "f line 5: resources[0].nodes[0].update.day: it is of the slow ring: leave it out");
  EXPECT_EQ(mistake_in("drives: [{path: /srv/1}]"),
            "f line 5: resources[0].nodes[0].drives[0].size_gib: it is missing: the size in GiB, such as 500");
  EXPECT_EQ(mistake_in("labels: {site: true}"),
            "f line 5: resources[0].nodes[0].labels.site: it must be a text: put it in quotes, \"true\"");
}

TEST(FleetFile, AllMistakesAreToldAtOnce) {
  EXPECT_EQ(mistakes_of("resources:\n- name: north\n  node: []\n- name: North\n  nodes:\n  - name: a b\n  - {}\n"),
            (std::vector<std::string>{
                "f line 3: resources[0].node: it is not known here; known are: name, nodes, notes",
                "f line 6: resources[1].nodes[0].name: a node's name is 1 to 90 letters, digits, - and _: seattle-1",
                "f line 7: resources[1].nodes[1].name: it is missing: write it as a text",
                "f line 4: resources[1].name: North is listed twice: line 2 has it too"}));
}

TEST(FleetFile, MistakesAreBounded) {
  std::string text = "resources:\n";
  for (int i = 0; i < 200; ++i) text += "- {}\n";
  const auto fleet = read_fleet(text);
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().list().size(), Mistakes::kMost);
  EXPECT_TRUE(fleet.error().are_more());
}

TEST(FleetFile, AnEmptyFileIsRefused) {
  EXPECT_EQ(mistakes_of(""), std::vector<std::string>{"f line 1: it must be a map (name: value), and is nothing"});
  EXPECT_EQ(mistakes_of("organisation: x\n"),
            std::vector<std::string>{"f line 1: resources: it is missing: the list of resources, each with its nodes"});
}

TEST(FleetFile, WhatIsWrittenIsReadAsTheSame) {
  const auto fleet = read_fleet(with_setting("update: {ring: slow, week: 2, day: 1, time: \"03:00\"}"));
  ASSERT_TRUE(fleet);
  const auto again = read_fleet(yaml_text(to_json(*fleet)));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(*fleet));
}

}  // namespace
}  // namespace larder::apply
