#include <algorithm>
#include <atomic>

#include "cli_test.h"
#include "core/json.h"
#include "core/json_at.h"

namespace larder::cli {
namespace {

class NodeCommandsTest : public CliTest {
 protected:
  // A portal with one organisation; what is asked of its node is answered by `node`.
  static Answer answer(const Asked& asked, const std::string& resources, const FakePortal::Answerer& node) {
    const std::string path = asked.path();
    if (path == "/api/v1/organisations") return items(organisation_json("North"));
    if (path == "/api/v1/resources") return items(resources);
    if (path.ends_with("/resources")) return {201, resource_json("default")};
    if (path == "/api/v1/nodes") return items(node_json("a"));
    if (path.ends_with("/keys")) {
      return {200, std::string(R"({"customer_id":"cid","cache_node_id":"nid","customer_keys":[{"slot":"primary",)") +
                       R"("key":"ckey"}],"registration_key":{"state":"none"}})"};
    }
    if (path.ends_with("/keys/registration")) {
      return {201, R"({"registration_key":"rkey","expires_at":"2026-12-01T03:00:00Z"})"};
    }
    return node(asked);
  }
  static Answer made(const Asked&) { return {201, node_json("a"), {{"ETag", "\"1\""}}}; }
};

TEST_F(NodeCommandsTest, JsonCarriesTheVersionThatIfVersionTakes) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, resource_json("default"),
                  [](const Asked&) { return Answer{200, node_json("a"), {{"ETag", "\"7\""}}}; });
  });
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"node", "show", "a"}, {"node", "edit", "a", "--notes", "x"}, {"node", "disable", "a"}}) {
    auto asked = words;
    asked.emplace_back("--json");
    const auto node = parse_json(run(portal, asked).out);
    ASSERT_TRUE(node);
    EXPECT_EQ(text_at(*node, "/version"), "7") << words[1];
  }
  ASSERT_EQ(run(portal, {"node", "edit", "a", "--notes", "x", "--if-version", "7"}).code, ExitCode::kDone);
  const auto asked = portal.asked();
  const auto edit = std::ranges::find(asked.rbegin(), asked.rend(), "PATCH", &Asked::method);
  ASSERT_NE(edit, asked.rend());
  EXPECT_EQ(edit->field("if-match"), "\"7\"");
}

TEST_F(NodeCommandsTest, CreateEndsWithWhatInstallingNeeds) {
  const FakePortal portal([](const Asked& asked) { return answer(asked, resource_json("default"), made); });
  const Run done = run(portal, {"node", "create", "a", "--ipv4", "203.0.113.1", "--cidr", "10.0.0.0/8,10.1.0.0/16",
                                "--drive", "/srv/1=500GiB", "--max-egress", "10Gbps", "--label", "site=north"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  for (const char* text : {"cid", "nid", "ckey", "rkey"}) EXPECT_NE(done.out.find(text), std::string::npos) << text;
  const std::string body = portal.asked()[2].body;
  for (const char* text : {R"("cidr_blocks":["10.0.0.0/8","10.1.0.0/16"])", R"("max_egress_mbps":10000)",
                           R"("drives":[{"path":"/srv/1","size_gib":500}])", R"("labels":{"site":"north"})"}) {
    EXPECT_NE(body.find(text), std::string::npos) << body;
  }
}

TEST_F(NodeCommandsTest, AnOrganisationWithoutResourcesGetsOne) {
  const FakePortal portal([](const Asked& asked) { return answer(asked, "", made); });
  const Run done = run(portal, {"--json", "node", "create", "a", "--no-registration-key"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  EXPECT_EQ(portal.lines()[2], "POST /api/v1/organisations/" + std::string(kOrganisationId) + "/resources");
  EXPECT_EQ(portal.lines().back(), "POST /api/v1/resources/" + std::string(kResourceId) + "/nodes");
}

TEST_F(NodeCommandsTest, JsonOfCreateHoldsTheKeysToo) {
  const FakePortal portal([](const Asked& asked) { return answer(asked, resource_json("default"), made); });
  const Run done = run(portal, {"--json", "node", "create", "a"});
  EXPECT_NE(done.out.find("\"installation\""), std::string::npos);
  EXPECT_NE(done.out.find("\"registration_key\": \"rkey\""), std::string::npos);
  EXPECT_EQ(done.error, "");
}

TEST_F(NodeCommandsTest, WhatIsWrongIsShownByItsOption) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, resource_json("default"), [](const Asked&) {
      return problem(
          422, "invalid", "Some fields are wrong.",
          R"(,"errors":[{"pointer":"/cidr_blocks/1","detail":"2.21.234.0/33: the prefix length is at most 32",)"
          R"("suggestion":"2.21.234.0/24"},{"pointer":"/drives/0/path","detail":"it is a folder of the system"}])");
    });
  });
  const Run done =
      run(portal, {"node", "create", "a", "--cidr", "10.0.0.0/8", "--cidr", "2.21.234.0/33", "--drive", "/etc=1GiB"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  EXPECT_NE(done.error.find("--cidr 2.21.234.0/33: the prefix length is at most 32 (try 2.21.234.0/24)\n"),
            std::string::npos)
      << done.error;
  EXPECT_NE(done.error.find("--drive /etc=1GiB"), std::string::npos) << done.error;
  EXPECT_EQ(done.out, "");
}

TEST_F(NodeCommandsTest, OneMistakeIsSaidOnce) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, resource_json("default"), [](const Asked&) {
      return problem(422, "invalid", "it is no address",
                     R"(,"errors":[{"pointer":"/ipv4_address",)"
                     R"("detail":"it is no address"}])");
    });
  });
  EXPECT_EQ(run(portal, {"node", "create", "a", "--ipv4", "x"}).error, "larder: --ipv4 x: it is no address\n");
}

TEST_F(NodeCommandsTest, BlocksOfAFileAreNamedByTheirLine) {
  support::write_file(folder / "blocks.txt", "# ours\n10.0.0.0/8\n2.21.234.0/33\n");
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, resource_json("default"), [](const Asked&) {
      return problem(422, "invalid", "wrong", R"(,"errors":[{"pointer":"/cidr_blocks/1","detail":"too long"}])");
    });
  });
  const Run done = run(portal, {"node", "create", "a", "--cidr-file", folder / "blocks.txt"});
  EXPECT_NE(done.error.find("blocks.txt line 3: 2.21.234.0/33: too long"), std::string::npos) << done.error;
}

TEST_F(NodeCommandsTest, EditKeepsWhatIsNotNamed) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, "", [](const Asked&) -> Answer { return {200, node_json("a"), {{"ETag", "\"7\""}}}; });
  });
  const Run done = run(portal, {"--json", "node", "edit", "a", "--add-cidr", "192.0.2.0/24", "--label", "rack=4",
                                "--update-day", "mon", "--proxy", "none"});
  EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
  const Asked asked = portal.asked().back();
  EXPECT_EQ(asked.field("if-match"), "\"7\"");
  for (const char* text :
       {R"("cidr_blocks":["198.51.100.0/24","192.0.2.0/24"])", R"("labels":{"site":"north","rack":"4"})",
        R"("update":{"ring":"slow","week":2,"day":1,"time":null})", R"("proxy_url":null)"}) {
    EXPECT_NE(asked.body.find(text), std::string::npos) << asked.body;
  }
  EXPECT_EQ(asked.body.find("notes"), std::string::npos);
}

TEST_F(NodeCommandsTest, AnEditThatComesTooLateShowsWhatChangedAndByWhom) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, "", [](const Asked& deeper) -> Answer {
      if (deeper.method == "GET") return {200, node_json("a"), {{"ETag", "\"7\""}}};
      return problem(412, "precondition-failed", "It was changed meanwhile.",
                     R"(,"changed":[{"pointer":"/notes","from":"old","to":"new","by":{"id":"u","name":"Ada"},)"
                     R"("at":"2026-11-21T04:50:00Z"}])");
    });
  });
  const Run done = run(portal, {"node", "edit", "a", "--notes", "mine", "--if-version", "6"});
  EXPECT_EQ(done.code, ExitCode::kConflict);
  EXPECT_EQ(portal.asked().back().field("if-match"), "\"6\"");
  EXPECT_NE(done.error.find("/notes: from \"old\" to \"new\", by Ada at 2026-11-21T04:50:00Z"), std::string::npos)
      << done.error;
}

TEST_F(NodeCommandsTest, NothingIsDeletedWithoutTheName) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, "", [](const Asked&) -> Answer { return {200, R"({"deleted":{"blocks":1,"keys":2}})"}; });
  });
  EXPECT_EQ(run(portal, {"node", "delete", "a"}).code, ExitCode::kUsage);
  EXPECT_EQ(run(portal, {"node", "delete", "a", "--yes-delete", "b"}).code, ExitCode::kConflict);
  in_is_terminal = true;
  input = "no\n";
  EXPECT_EQ(run(portal, {"node", "delete", "a"}).code, ExitCode::kConflict);
  EXPECT_EQ(std::ranges::count(portal.lines(), "DELETE /api/v1/nodes/" + std::string(kNodeId)), 0);
  input = "a\n";
  EXPECT_EQ(run(portal, {"node", "delete", "a"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().back().body, R"({"name":"a"})");
}

TEST_F(NodeCommandsTest, DrainForCountsFromThisMoment) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, "", [](const Asked&) -> Answer { return {200, node_json("a"), {{"ETag", "\"7\""}}}; });
  });
  EXPECT_EQ(run(portal, {"node", "drain", "a", "--for", "2h"}).code, ExitCode::kDone);
  EXPECT_EQ(portal.asked().back().body, R"({"intent":{"state":"draining","until":"2026-01-02T05:04:05Z"}})");
  EXPECT_EQ(run(portal, {"node", "drain", "a", "--for", "2h", "--until", "2026-12-01"}).code, ExitCode::kUsage);
}

TEST_F(NodeCommandsTest, WaitAsksThePortalToHoldTheRequestBack) {
  std::atomic<bool> is_valid = false;
  const FakePortal portal([&](const Asked& asked) {
    return answer(asked, "", [&](const Asked& deeper) -> Answer {
      if (!deeper.field("prefer").empty()) {
        is_valid = true;
        return {304, "", {{"ETag", "\"7\""}}};
      }
      std::string node = node_json("a");
      if (is_valid) node.replace(node.find("\"valid\""), 7, "\"in_review\"");
      return {200, node, {{"ETag", "\"7\""}}};
    });
  });
  EXPECT_EQ(run(portal, {"node", "wait", "a", "--until", "in_review"}).code, ExitCode::kDone);
  const auto asked = portal.asked();
  EXPECT_EQ(asked[2].field("prefer"), "wait=20");
  EXPECT_EQ(asked[2].field("if-none-match"), "\"7\"");
}

TEST_F(NodeCommandsTest, WaitEndsWithItsTimeOut) {
  const FakePortal portal([](const Asked& asked) {
    return answer(asked, "", [](const Asked& deeper) -> Answer {
      if (!deeper.field("prefer").empty()) return {304, ""};
      return {200, node_json("a"), {{"ETag", "\"7\""}}};
    });
  });
  const Run done = run(portal, {"node", "wait", "a", "--until", "disabled", "--timeout", "5s"});
  EXPECT_EQ(done.code, ExitCode::kWaitedInVain);
  EXPECT_NE(done.error.find("intent enabled"), std::string::npos) << done.error;
  EXPECT_EQ(pauses.size(), 5u);  // a portal that does not hold back is asked once a second
}

TEST_F(NodeCommandsTest, CheckShowsStateAndChangesAndEndsWithWhatIsWrong) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (asked.path() == "/api/v1/organisations") return items(organisation_json("North"));
    return {
        200,
        R"({"canonical":["10.0.0.0/8"],"state":"in_review","blocks":[{"prefix":"10.0.0.0/8",)"
        R"("state":"in_review","ipv4_addresses":16777216,"ipv6_networks":0,)"
        R"("reasons":[{"code":"too_many","detail":"more than 50,000 addresses","node":null}]}],)"
        R"("changes":{"gained":[],"lost":[],"moved":[{"prefix":"10.1.0.0/16","ipv4_addresses":65536,)"
        R"("ipv6_networks":0,"from":{"id":"x","name":"b"}}]},)"
        R"("errors":[{"pointer":"/cidr_blocks/1","detail":"10.0.0.1/8: host bits are set","suggestion":"10.0.0.0/8"}]})"};
  });
  const Run done = run(portal, {"ip-space", "check", "--cidr", "10.0.0.0/8,10.0.0.1/8"});
  EXPECT_EQ(done.code, ExitCode::kInvalid);
  EXPECT_NE(done.out.find("16,777,216"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("from b"), std::string::npos) << done.out;
  EXPECT_NE(done.error.find("--cidr 10.0.0.1/8: host bits are set (try 10.0.0.0/8)"), std::string::npos) << done.error;
}

TEST_F(NodeCommandsTest, ANodeThatIsThereIsNotMadeAgain) {
  for (const std::string state : {"none", "valid"}) {
    const FakePortal portal([&](const Asked& asked) -> Answer {
      if (asked.path().ends_with("/registration")) return {201, R"({"registration_key":"lrk_new"})"};
      if (asked.path().ends_with("/keys")) return {200, R"({"registration_key":{"state":")" + state + "\"}}"};
      if (asked.path().ends_with("/organisations")) return items(organisation_json("North"));
      if (asked.path().ends_with("/resources")) return items(resource_json("default"));
      if (asked.path().ends_with("/nodes")) return items(node_json("a-2") + "," + node_json("a"));
      return {200, node_json("a")};
    });
    const Run done = run(portal, {"--json", "node", "create", "a", "--if-missing"});
    EXPECT_EQ(done.code, ExitCode::kDone) << done.error;
    EXPECT_EQ(done.out.find("lrk_new") != std::string::npos, state == "none") << done.out;
    EXPECT_NE(done.error.find("is there already"), std::string::npos);
    for (const std::string& line : portal.lines()) EXPECT_FALSE(line.starts_with("POST") && line.ends_with("/nodes"));
  }
}

TEST_F(NodeCommandsTest, TheStateOfEachBlockIsShown) {
  const FakePortal portal([](const Asked& asked) -> Answer {
    if (!asked.path().ends_with("/ip-space")) return {200, node_json("a")};
    return {200, R"({"blocks":[{"prefix":"198.51.100.0/24","state":"in_review","reasons":[{"detail":"too many"}]}]})"};
  });
  const Run done = run(portal, {"node", "show", kNodeId});
  EXPECT_NE(done.out.find("198.51.100.0/24  in_review"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("too many"), std::string::npos) << done.out;
}

TEST_F(NodeCommandsTest, AnAdministratorSeesWhoElseHasTheAddress) {
  const std::string conflict =
      R"(,"address_conflicts":[{"pointer":"/ipv4_address","address":"81.2.69.142","node":{"id":"x","name":"b"},)"
      R"("organisation":{"id":"y","name":"South","kind":"isp"}}])";
  const FakePortal portal([&](const Asked& asked) -> Answer {
    return asked.path() == "/api/v1/nodes" ? items(node_json("a", conflict)) : Answer{200, node_json("a", conflict)};
  });
  const Run shown = run(portal, {"node", "show", kNodeId});
  EXPECT_NE(shown.out.find("81.2.69.142 is also said to be that of b of South"), std::string::npos) << shown.out;
  const Run listed = run(portal, {"node", "list", "--address-conflict"});
  EXPECT_EQ(listed.code, ExitCode::kDone) << listed.error;
  EXPECT_NE(portal.asked().back().target.find("address_conflict=true"), std::string::npos);
}

}  // namespace
}  // namespace larder::cli
