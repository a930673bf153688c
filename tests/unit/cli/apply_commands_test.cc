#include <algorithm>

#include "cli_test.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

// A portal of one organisation with one resource, `default`, and the node `a` in it.
class ApplyTest : public CliTest {
 protected:
  Run apply(const FakePortal& portal, const std::string& text, std::vector<std::string> more) {
    support::write_file(folder / "fleet.yaml", text);
    more.insert(more.begin(), {"apply", "-f", folder / "fleet.yaml"});
    return run(portal, more);
  }

  static Answer answer(const Asked& asked, const std::string& node = node_json("a")) {
    const std::string path = asked.path();
    if (path == "/api/v1/organisations") return items(organisation_json("North"));
    if (path == "/api/v1/resources") return items(resource_json("default"));
    if (path == "/api/v1/nodes") return items(node);
    if (asked.method == "POST" && path.ends_with("/resources")) return {201, resource_json("new")};
    if (asked.method == "POST") return {201, node_json("b"), {{"ETag", "\"1\""}}};
    if (asked.method == "DELETE") return {200, "{}"};
    if (path.starts_with("/api/v1/resources/")) return {200, resource_json("default"), {{"ETag", "\"3\""}}};
    return {200, node, {{"ETag", asked.method == "PATCH" ? "\"8\"" : "\"7\""}}};
  }
  static Answer as_it_is(const Asked& asked) { return answer(asked); }

  // Requests that change something.
  static std::vector<std::string> changes(const FakePortal& portal) {
    auto lines = portal.lines();
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("GET "); });
    return lines;
  }
};

const std::string kPatch = std::string("PATCH /api/v1/nodes/") + kNodeId;
const std::string kTwoSteps = "resources:\n- name: default\n  nodes:\n  - {name: a, notes: new}\n  - {name: b}\n";

TEST_F(ApplyTest, NothingToDoIsToldAndIsNoFailure) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, "resources:\n- name: default\n  nodes: [{name: a, cidr_blocks: [198.51.100.0/24]}]\n",
                         {"--dry-run"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(done.out, "Nothing to do: North is as the file says.\n");
  EXPECT_EQ(done.error, "");
  EXPECT_EQ(portal.lines().size(), 3U);  // no versions are asked for
}

TEST_F(ApplyTest, ADryRunShowsThePlanAndEndsWithItsOwnCode) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, kTwoSteps, {"--dry-run"});
  EXPECT_EQ(done.code, ExitCode::kDifferences);
  EXPECT_EQ(done.out,
            "~ node default/a\n    notes: none -> \"new\"\n+ node default/b\n\n"
            "Plan: 1 to create, 1 to change, 0 to delete.\n")
      << done.out;
  EXPECT_TRUE(changes(portal).empty());
}

TEST_F(ApplyTest, WithoutATerminalNothingIsDoneUnasked) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, kTwoSteps, {});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("--yes"), std::string::npos) << done.error;
  EXPECT_NE(done.out.find("Plan: 1 to create"), std::string::npos);
  EXPECT_TRUE(changes(portal).empty());
}

TEST_F(ApplyTest, YesAppliesItWithTheVersionsThatWereRead) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, kTwoSteps, {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(changes(portal),
            (std::vector<std::string>{kPatch, std::string("POST /api/v1/resources/") + kResourceId + "/nodes"}));
  const auto asked = portal.asked();
  const auto patch = std::ranges::find(asked, "PATCH", &Asked::method);
  EXPECT_EQ(patch->field("if-match"), "\"7\"");
  EXPECT_EQ(patch->body, R"({"notes":"new"})");
  EXPECT_EQ(done.error,
            "node default/a: changed\nnode default/b: created\nDone: 2 steps.\n"
            "What installing a new node needs: larder node keys NAME --new-registration-key\n");
}

TEST_F(ApplyTest, ADeletionNamesItsVersionAndNeedsPrune) {
  const FakePortal portal(as_it_is);
  const std::string none = "resources:\n- name: default\n  nodes: []\n";
  const Run careful = apply(portal, none, {"--yes"});
  EXPECT_EQ(careful.code, ExitCode::kDone);
  EXPECT_NE(careful.out.find("left alone; --prune would delete:\n    node default/a\n"), std::string::npos)
      << careful.out;
  EXPECT_TRUE(changes(portal).empty());
  const Run pruned = apply(portal, none, {"--yes", "--prune"});
  EXPECT_EQ(pruned.code, ExitCode::kDone) << pruned.error;
  EXPECT_NE(pruned.out.find("- node default/a"), std::string::npos) << pruned.out;
  const auto asked = portal.asked();
  EXPECT_EQ(asked.back().method, "DELETE");
  EXPECT_EQ(asked.back().field("if-match"), "\"7\"");
  EXPECT_EQ(asked.back().body, R"({"name":"a"})");
}

TEST_F(ApplyTest, AtATerminalOnlyYesAppliesIt) {
  in_is_terminal = true;
  for (const auto& [typed, code] : std::vector<std::pair<std::string, ExitCode>>{
           {"yes\n", ExitCode::kDone}, {"y\n", ExitCode::kUsage}, {"", ExitCode::kUsage}}) {
    const FakePortal portal(as_it_is);
    input = typed;
    const Run done = apply(portal, kTwoSteps, {});
    EXPECT_EQ(done.code, code) << typed << done.error;
    EXPECT_EQ(changes(portal).empty(), code != ExitCode::kDone) << typed;
  }
}

TEST_F(ApplyTest, APlanThatIsOutOfDateWhenItIsConfirmedIsRefusedWithWhatChanged) {
  in_is_terminal = true;
  input = "yes\n";
  int lists = 0;
  const FakePortal portal([&](const Asked& asked) {
    if (asked.path() == "/api/v1/nodes") ++lists;
    return answer(asked, lists < 2 ? node_json("a") : node_json("a", R"(,"fqdn":"a.example.net")"));
  });
  const Run done = apply(portal, kTwoSteps, {});
  EXPECT_EQ(done.code, ExitCode::kConflict);
  EXPECT_NE(done.error.find("The plan is out of date, and nothing was done"), std::string::npos) << done.error;
  EXPECT_NE(done.error.find("change node default/a: fqdn: none -> \"a.example.net\""), std::string::npos) << done.error;
  EXPECT_TRUE(changes(portal).empty());
}

TEST_F(ApplyTest, ARefusalInTheMiddleSaysWhatWasDoneAndWhatNot) {
  const FakePortal portal([](const Asked& asked) {
    if (asked.method == "POST" && asked.path().ends_with("/nodes")) {
      return problem(422, "invalid", "Some fields are wrong.",
                     R"(,"errors":[{"pointer":"/cidr_blocks/1","detail":"it overlaps north"}])");
    }
    return answer(asked);
  });
  const std::string text =
      "resources:\n- name: default\n  nodes:\n  - {name: a, notes: new}\n  - name: b\n    cidr_blocks:\n"
      "    - 10.0.0.0/24\n    - 10.0.1.0/24\n  - {name: c}\n";
  const Run done = apply(portal, text, {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  for (const std::string expected :
       {"larder: node default/b was not created: Some fields are wrong.\n",
        "fleet.yaml line 8: resources[0].nodes[1].cidr_blocks[1] 10.0.1.0/24: it overlaps north\n",
        "  Done before:\n    ~ node default/a\n  Not done:\n    + node default/b\n    + node default/c\n"}) {
    EXPECT_NE(done.error.find(expected), std::string::npos) << expected << done.error;
  }
  EXPECT_EQ(changes(portal).size(), 2U);

  const Run json = apply(portal, text, {"--yes", "--json"});
  const auto error = parse_json(json.error);
  ASSERT_TRUE(error) << json.error;
  EXPECT_EQ(text_at(*error, "/error/steps/0/result"), "done");
  EXPECT_EQ(text_at(*error, "/error/steps/1/result"), "failed");
  EXPECT_EQ(text_at(*error, "/error/steps/2/result"), "not done");
}

TEST_F(ApplyTest, AVersionThatIsOldWhenItIsAppliedIsRefused) {
  const FakePortal portal([](const Asked& asked) {
    if (asked.method == "PATCH") {
      return problem(412, "precondition-failed", "you edit 7, and it is at 8 by now",
                     R"(,"changed":[{"pointer":"/notes","from":"","to":"theirs","by":"ana@example.net","at":"t"}])");
    }
    return answer(asked);
  });
  const Run done = apply(portal, kTwoSteps, {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kConflict);
  EXPECT_NE(done.error.find("/notes: from nothing to \"theirs\", by ana@example.net"), std::string::npos) << done.error;
  EXPECT_NE(done.error.find("Done before: nothing"), std::string::npos) << done.error;
}

TEST_F(ApplyTest, ANodeOfANewResourceIsMadeInIt) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, "resources:\n- name: new\n  nodes: [{name: b}]\n", {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(changes(portal),
            (std::vector<std::string>{std::string("POST /api/v1/organisations/") + kOrganisationId + "/resources",
                                      std::string("POST /api/v1/resources/") + kResourceId + "/nodes"}));
}

TEST_F(ApplyTest, WhatChangesHandsIsGivenBackFirstAndTheRestFitsTheNewVersion) {
  const std::string other = "0192a000-0000-7000-8000-0000000000aa";
  const FakePortal portal([&](const Asked& asked) {
    if (asked.path() == "/api/v1/nodes") {
      return items(node_json("a", R"(,"ipv4_address":"1.1.1.1")") + "," +
                   node_json("b", R"(,"ipv4_address":"2.2.2.2")", other));
    }
    if (asked.path().ends_with(other)) {
      return Answer{200, node_json("b", R"(,"ipv4_address":"2.2.2.2")", other), {{"ETag", "\"20\""}}};
    }
    return answer(asked, node_json("a", R"(,"ipv4_address":"1.1.1.1")"));
  });
  const Run done = apply(portal,
                         "resources:\n- name: default\n  nodes:\n  - {name: a, ipv4_address: 2.2.2.2}\n"
                         "  - {name: b, ipv4_address: 1.1.1.1}\n",
                         {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  std::vector<std::string> sent;
  for (const Asked& asked : portal.asked()) {
    if (asked.method == "PATCH") sent.push_back(asked.field("if-match") + " " + asked.body);
  }
  EXPECT_EQ(sent,
            (std::vector<std::string>{R"("7" {"ipv4_address":null})", R"("20" {"ipv4_address":null})",
                                      R"("8" {"ipv4_address":"2.2.2.2"})", R"("20" {"ipv4_address":"1.1.1.1"})"}));
}

TEST_F(ApplyTest, MistakesOfTheFileAreToldBeforeAnybodyIsAsked) {
  const FakePortal portal(as_it_is);
  const Run done = apply(portal, "resources:\n- nam: default\n", {"--yes"});
  EXPECT_EQ(done.code, ExitCode::kUsage);
  EXPECT_NE(done.error.find("fleet.yaml line 2: resources[0].nam: it is not known here; known are: name, nodes, notes"),
            std::string::npos)
      << done.error;
  EXPECT_TRUE(portal.asked().empty());
  const auto error = parse_json(apply(portal, "resources:\n- nam: default\n", {"--json"}).error);
  ASSERT_TRUE(error);
  EXPECT_EQ(text_at(*error, "/error/errors/0/line"), "2");
}

TEST_F(ApplyTest, StandardInputIsAppliedWithYesOnlyAndIsBounded) {
  const FakePortal portal(as_it_is);
  in_is_terminal = true;
  input = kTwoSteps;
  EXPECT_EQ(run(portal, {"apply", "-f", "-"}).code, ExitCode::kUsage);
  EXPECT_TRUE(changes(portal).empty());
  EXPECT_EQ(run(portal, {"apply", "--file", "-", "--yes"}).code, ExitCode::kDone);
  input = "#" + std::string(8 << 20, 'x');
  EXPECT_NE(run(portal, {"apply", "-f", "-"}).error.find("over 8 MiB"), std::string::npos);
}

TEST_F(ApplyTest, AFileForAnotherOrganisationIsRefused) {
  const FakePortal portal(as_it_is);
  EXPECT_EQ(apply(portal, "organisation: South\n" + kTwoSteps, {"--org", "North"}).code, ExitCode::kUsage);
  EXPECT_EQ(apply(portal, "organisation: South\n" + kTwoSteps, {}).code, ExitCode::kNotFound);
  EXPECT_EQ(apply(portal, "organisation: north\n" + kTwoSteps, {"--org", "North", "--yes"}).code, ExitCode::kDone);
}

TEST_F(ApplyTest, JsonTellsThePlanAndWhatCameOfIt) {
  const FakePortal portal(as_it_is);
  const Run shown = apply(portal, kTwoSteps, {"--dry-run", "--json"});
  const auto plan = parse_json(shown.out);
  ASSERT_TRUE(plan);
  EXPECT_EQ(text_at(*plan, "/steps/0/changes/0/to"), "new");
  EXPECT_EQ(text_at(*plan, "/organisation/id"), kOrganisationId);
  const Run done = apply(portal, kTwoSteps, {"--yes", "--json"});
  const auto results = parse_json(done.out);
  ASSERT_TRUE(results) << done.out;
  EXPECT_EQ(text_at(*results, "/steps/1/result"), "done");
  EXPECT_EQ(done.error, "");
}

TEST_F(ApplyTest, WhatIsExportedIsAsThePortalHasIt) {
  const FakePortal portal(as_it_is);
  const Run exported = run(portal, {"export"});
  EXPECT_EQ(exported.code, ExitCode::kDone) << exported.error;
  EXPECT_NE(exported.out.find("organisation: North\nresources:\n- name: default\n"), std::string::npos) << exported.out;
  EXPECT_NE(exported.out.find("    cidr_blocks:\n    - 198.51.100.0/24\n"), std::string::npos) << exported.out;
  EXPECT_EQ(exported.out.find("effective"), std::string::npos);
  const auto json = parse_json(run(portal, {"export", "--json"}).out);
  ASSERT_TRUE(json);
  EXPECT_EQ(text_at(*json, "/resources/0/nodes/0/name"), "a");
}

}  // namespace
}  // namespace larder::cli
